// The theme: light or dark around the picture, whichever goes with its background.

/**
 * Perceived lightness of a colour, by WCAG 2's relative luminance.
 *
 * @param {string} color `#rrggbb`
 * @returns {number} 0 black to 1 white
 */
export function luminance(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {string} background `#rrggbb`, of the picture */
export function applyTheme(background) {
  document.documentElement.dataset.theme = luminance(background) < 0.18 ? "dark" : "light";
}
