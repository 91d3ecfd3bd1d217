// What is wrong with how a page is laid out, as sentences, and how many charts it shows.
const found = [];
const name = node => {
    const text = (node.textContent || '').trim().replace(/\s+/g, ' ').slice(0, 60);
    return `<${node.tagName.toLowerCase()} class="${node.getAttribute('class') || ''}"> ${text}`;
};
const root = document.documentElement;
if (root.scrollWidth > root.clientWidth)
    found.push(`the page scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}`);
const isVisible = node => node.getClientRects().length > 0;
const scrolls = node => ['auto', 'scroll'].includes(getComputedStyle(node).overflowX);
const inScroller = node => {
    for (let up = node; up; up = up.parentElement) if (scrolls(up)) return true;
    return false;
};
// Innermost first: what holds an element that overflows is not to blame.
const blamed = new Set();
const blame = (node, what) => {
    if (![...node.querySelectorAll('*')].some(inner => blamed.has(inner))) found.push(what);
    blamed.add(node);
};
for (const node of [...document.querySelectorAll('body *:not(svg):not(svg *)')].reverse()) {
    if (!isVisible(node) || getComputedStyle(node).display === 'inline') continue;
    if (node.matches('.skip, .aside, .aside *')) continue;
    const over = node.scrollWidth - node.clientWidth;
    if (!scrolls(node) && over > 1) blame(node, `text overflows by ${over} px: ${name(node)}`);
    const box = node.getBoundingClientRect();
    if (!inScroller(node) && (box.right > root.clientWidth + 1 || box.left < -1))
        blame(node, `leaves the page: ${name(node)}`);
}
let charts = 0;
for (const chart of document.querySelectorAll('svg.chart')) {
    if (!isVisible(chart)) continue;
    charts += 1;
    const box = chart.getBoundingClientRect();
    if (box.width < 100 || box.height < 20)
        found.push(`a chart is ${box.width} x ${box.height}: ${chart.getAttribute('aria-label')}`);
    if (!(chart.getAttribute('aria-label') || '').trim())
        found.push(`a chart says nothing to a screen reader: ${name(chart)}`);
    for (const text of chart.querySelectorAll('text')) {
        const place = text.getBoundingClientRect();
        const out = Math.max(box.left - place.left, place.right - box.right,
                             box.top - place.top, place.bottom - box.bottom);
        if (out > 1.5)
            found.push(`text leaves its chart by ${out.toFixed(1)} px: "${text.textContent}" in ${chart.getAttribute('aria-label')}`);
    }
    const texts = [...chart.querySelectorAll('text.tick, text.small, text.name')];
    for (let i = 1; i < texts.length; i++) {
        const a = texts[i - 1].getBoundingClientRect(), b = texts[i].getBoundingClientRect();
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1.5 && down > a.height / 2)
            found.push(`texts lie on each other: "${texts[i - 1].textContent}" and "${texts[i].textContent}" in ${chart.getAttribute('aria-label')}`);
    }
}
let level = 0;
for (const heading of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) found.push(`a heading skips a level: ${name(heading)}`);
    level = next;
}
if (document.querySelectorAll('h1').length !== 1) found.push('not one first heading');
const ids = [...document.querySelectorAll('[id]')].map(node => node.id);
if (new Set(ids).size !== ids.length) found.push('an id stands twice');
for (const link of document.querySelectorAll('a[href]')) {
    const target = link.getAttribute('href');
    if (!target.startsWith('#') || !document.getElementById(target.slice(1)))
        found.push(`a link leads nowhere: ${target}`);
}
if (document.querySelector('script, img, iframe, object, embed, link, base, form'))
    found.push('there is an element that a page must not have');
const unlabelled = [...document.querySelectorAll('figure')].filter(
    figure => figure.querySelector('svg.chart') && !figure.querySelector('table'));
for (const figure of unlabelled) found.push(`a figure without its numbers: ${name(figure)}`);
return [charts, found];
