"""Pages that are broken on purpose, each of which the checks must find out."""

FRAME = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title>
<style>body,figure{{margin:0}}svg{{width:300px;height:100px;display:block}}{style}</style></head>
<body><main><h1>One</h1><figure><svg class="chart" viewBox="0 0 300 100" aria-label="a chart">
<text x="{x}" y="50">words</text></svg><table><tbody><tr><td>1</td></tr></tbody></table></figure>
{body}</main></body></html>"""

# What is broken, the page's parts, and what the checks must say of it.
CASES = [
    ("an image from elsewhere", {"body": '<img src="http://192.0.2.1/x.png">'}, "asked for"),
    ("a font from elsewhere", {"style": "@font-face{font-family:f;src:url(http://192.0.2.1/f)}p{font-family:f}", "body": "<p>f</p>"}, "asked for"),
    ("a script that runs", {"body": "<script>alert(1)</script>"}, "a dialog opened"),
    ("a script that fails", {"body": "<script>nothing.at.all()</script>"}, "the browser says"),
    ("a word too long for its box", {"body": f"<p>{'long' * 200}</p>"}, "text overflows"),
    ("a box wider than the page", {"body": '<div style="width:2000px">wide</div>'}, "scrolls sideways"),
    ("a text outside its chart", {"x": "290"}, "text leaves its chart"),
    ("a chart without size", {"style": "svg.chart{height:0}"}, "a chart is"),
    ("a heading that skips a level", {"body": "<h3>Three</h3>"}, "skips a level"),
    ("a link out of the page", {"body": '<a href="http://192.0.2.1/">out</a>'}, "leads nowhere"),
    ("a chart without its numbers", {"body": '<figure><svg class="chart" viewBox="0 0 300 100" aria-label="b"></svg></figure>'}, "without its numbers"),
    ("words that can hardly be seen", {"body": '<p style="color:#bbb">faint</p>'}, "contrast"),
]

def are_found_out(page, problems):
    """Whether a sound page passes and every broken one is found out.

    `page` is where to write them, `problems` says what is wrong with what is there.
    """

    def found(parts):
        page.write_text(FRAME.format(**{"style": "", "body": "", "x": "10", **parts}))
        return problems(page)

    sound = found({})
    missed = [f"a sound page is said to have problems: {sound}"] if sound else []
    for what, parts, words in CASES:
        said = found(parts)
        if not any(words in problem for problem in said):
            missed.append(f"{what} was not found out: {said}")
    for what in missed:
        print(f"self-test: {what}")
    print(f"self-test: {len(CASES)} broken pages, {len(missed)} not found out")
    return not missed
