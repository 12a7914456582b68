// Assets: images and atlases of the experiment, fetched with progress before the game begins.

/** @typedef {import("./site_config.js").SiteConfig} SiteConfig */

/**
 * Pictures ready to be drawn, by the names that the environment draws them with.
 *
 * @typedef {object} LoadedAssets
 * @property {Map<string, HTMLImageElement>} images
 * @property {Map<string, {image: HTMLImageElement, data: object}>} atlases `data` in TexturePacker's hash or array form
 */

/**
 * @param {string} url
 * @param {(count: number) => void} onBytes told how many more bytes came
 * @returns {Promise<Blob>}
 */
async function download(url, onBytes) {
  const response = await fetch(url).catch((/** @type {unknown} */ error) => {
    throw new Error(`${url} could not be downloaded: ${error instanceof Error ? error.message : error}`);
  });
  if (!response.ok) throw new Error(`${url} could not be downloaded: the server answered ${response.status}.`);
  if (!response.body) return response.blob();
  const counter = new TransformStream({
    transform(/** @type {Uint8Array} */ chunk, controller) {
      onBytes(chunk.byteLength);
      controller.enqueue(chunk);
    },
  });
  const type = response.headers.get("content-type") ?? "";
  const blob = await new Response(response.body.pipeThrough(counter)).blob();
  return new Blob([blob], { type });
}

/**
 * @param {Blob} blob
 * @param {string} url named where the picture cannot be read
 * @returns {Promise<HTMLImageElement>}
 */
async function decode(blob, url) {
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  try {
    await image.decode();
  } catch {
    throw new Error(`${url} is not a picture that this browser can read.`);
  } finally {
    URL.revokeObjectURL(image.src);
  }
  return image;
}

/**
 * Load all of a site's pictures.
 *
 * @param {SiteConfig["assets"]} assets
 * @param {(loaded: number) => void} onProgress bytes so far
 * @returns {Promise<LoadedAssets>}
 * @throws {Error} naming the file that could not be loaded
 */
export async function loadAssets({ images, atlases }, onProgress) {
  let loaded = 0;
  /** @param {number} count */
  const onBytes = (count) => onProgress((loaded += count));
  /** @param {string} url */
  const picture = async (url) => decode(await download(url, onBytes), url);
  const [pictures, sheets] = await Promise.all([
    Promise.all(images.map(async ({ name, url }) => /** @type {const} */ ([name, await picture(url)]))),
    Promise.all(
      atlases.map(async ({ name, image, data }) => {
        const text = await (await download(data, onBytes)).text();
        return /** @type {const} */ ([name, { image: await picture(image), data: JSON.parse(text) }]);
      }),
    ),
  ]);
  return { images: new Map(pictures), atlases: new Map(sheets) };
}
