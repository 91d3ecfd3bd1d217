// Texts that can hardly be told from their ground, as sentences. Ratios are those of WCAG 2.2.
const found = new Set();
const parse = text => {
    const numbers = (text.match(/[\d.]+/g) || []).map(Number);
    return numbers.length < 3 ? null : { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
};
const luminance = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = node => {
    for (let up = node; up; up = up.parentElement) {
        const colour = parse(getComputedStyle(up).backgroundColor);
        if (colour && colour.alpha > 0.99) return colour.rgb;
    }
    return matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0] : [255, 255, 255];
};
for (const node of document.querySelectorAll('main *')) {
    const own = [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.getClientRects().length || node.tagName === 'title') continue;
    const style = getComputedStyle(node);
    const colour = parse(node.closest('svg') ? style.fill : style.color);
    if (!colour) continue;
    const [a, b] = [luminance(colour.rgb), luminance(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.add(`contrast ${ratio.toFixed(1)} of ${node.tagName.toLowerCase()}.${node.getAttribute('class') || ''}`);
}
return [...found];
