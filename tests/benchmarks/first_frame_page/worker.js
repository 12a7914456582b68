// Stock Pyodide, as its documentation shows it: load, unpack the study, render once.
const here = new URL("./", import.meta.url).href;
const { loadPyodide } = await import(`${here}pyodide.mjs`);
const python = await loadPyodide({ indexURL: here });
const answer = await fetch(`${here}study.zip`);
python.unpackArchive(await answer.arrayBuffer(), "zip");
postMessage(JSON.parse(python.pyimport("first_frame").first_frame(1)));
