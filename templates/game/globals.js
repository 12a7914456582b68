// URL parameters of a participant: read, typed and checked against the experiment's `globals`.

/** @typedef {import("./site_config.js").GlobalSpec} GlobalSpec */
/** @typedef {import("./site_config.js").GlobalValue} GlobalValue */

/** @type {Record<string, boolean>} */
const WORDS = { true: true, false: false, 1: true, 0: false };

/** What each type accepts, in words. */
const KINDS = {
  int: "a whole number",
  float: "a number",
  str: "text",
  bool: "true or false (1 or 0)",
};

/**
 * @param {GlobalSpec["type"]} type
 * @param {string} text
 * @returns {GlobalValue | undefined} undefined: the text is no such value
 */
function parse(type, text) {
  switch (type) {
    case "int":
      return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
    case "float":
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case "bool":
      return Object.hasOwn(WORDS, text.toLowerCase()) ? WORDS[text.toLowerCase()] : undefined;
    case "str":
      return text;
  }
}

/**
 * Read a page address's parameters.
 *
 * @param {string} search `location.search`
 * @param {Record<string, GlobalSpec>} specs `site.globals`
 * @param {readonly string[]} [others] parameters that mean something to the page itself, or are recorded only
 * @returns {{values: Record<string, GlobalValue>, others: Record<string, string>, problems: string[]}} what to pass to
 *   the entry point, what the other parameters say, and one sentence for each parameter that is refused: not listed,
 *   mistyped, none of the choices, or given twice
 */
export function readGlobals(search, specs, others = []) {
  const given = new URLSearchParams(search);
  /** @type {Record<string, GlobalValue>} */
  const values = {};
  /** @type {Record<string, string>} */
  const told = {};
  const problems = [];
  for (const [name, spec] of Object.entries(specs)) {
    if (spec.default != null && !given.has(name)) values[name] = spec.default;
  }
  for (const name of new Set(given.keys())) {
    const texts = given.getAll(name);
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (!spec && !others.includes(name)) {
      const known = [...new Set([...Object.keys(specs), ...others])];
      problems.push(`“${name}” is not a parameter of this page. ${known.length ? `It knows ${known.join(", ")}.` : "It takes none."}`);
      continue;
    }
    if (texts.length > 1) {
      problems.push(`“${name}” is given ${texts.length} times; give it once.`);
      continue;
    }
    if (!spec) {
      told[name] = texts[0];
      continue;
    }
    const value = parse(spec.type, texts[0]);
    if (value === undefined) problems.push(`“${name}” must be ${KINDS[spec.type]}, not “${texts[0]}”.`);
    else if (spec.choices?.length && !spec.choices.includes(value)) problems.push(`“${name}” must be one of ${spec.choices.join(", ")}, not “${texts[0]}”.`);
    else values[name] = value;
  }
  return { values, others: told, problems };
}
