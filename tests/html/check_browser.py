"""The report in headless Chromium, as wide as a phone and as a desk: no error on the console, no
text over other text, nothing wider than the screen, tables sort, and hostile names stay text."""
import os
import shutil
import subprocess
import sys
import tempfile

import reports

PROBE = """<script>
addEventListener('error', e => parent.postMessage({error: String(e.message)}, '*'));
addEventListener('load', () => {
  document.querySelectorAll('details').forEach(d => d.open = true);
  const wide = document.documentElement.scrollWidth - innerWidth;
  let overlaps = 0, texts = 0;
  document.querySelectorAll('figure svg').forEach(svg => {
    const boxes = [...svg.querySelectorAll('text')].map(t => t.getBoundingClientRect());
    texts += boxes.length;
    boxes.forEach((a, i) => boxes.slice(0, i).forEach(b => {
      if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 &&
          b.top < a.bottom - 1) overlaps++; }));
  });
  const table = document.querySelector('main table'), column = 2;
  table.tHead.rows[0].cells[column].querySelector('button').click();
  const values = [...table.tBodies[0].rows].map(r => Number(r.cells[column].dataset.v));
  const sorted = values.every((v, i) => i === 0 || values[i - 1] <= v);
  parent.postMessage({wide, overlaps, texts, sorted, title: document.title,
                      images: document.images.length}, '*');
});
</script>"""

FRAME = """<!DOCTYPE html><title>waiting</title><body><script>
const seen = [];
addEventListener('message', e => { seen.push(e.data);
  document.title = 'probe ' + JSON.stringify(seen); });
</script><iframe src="PAGE" width="360" height="800"></iframe>
<iframe src="PAGE" width="1200" height="800"></iframe></body>"""

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--window-size=1400,1800", "--virtual-time-budget=8000", "--enable-logging=stderr"]


def probe(chromium, path):
    with open(path, encoding="utf-8") as file:
        page = file.read().replace("</head>", PROBE + "</head>", 1)
    copy = path.replace(".html", ".probe.html")
    with open(copy, "w", encoding="utf-8") as file:
        file.write(page)
    frame = path.replace(".html", ".frame.html")
    with open(frame, "w", encoding="utf-8") as file:
        file.write(FRAME.replace("PAGE", "file://" + copy))
    with tempfile.TemporaryDirectory() as profile:
        ended = subprocess.run([chromium, *FLAGS, "--user-data-dir=" + profile, "--dump-dom",
                                "file://" + frame], capture_output=True, text=True, timeout=120,
                               check=False)
    errors = [line for line in ended.stderr.splitlines() if "CONSOLE" in line]
    start = ended.stdout.find("<title>probe ")
    assert start >= 0, f"{path}: no answer: {ended.stderr[-400:]}"
    import html
    import json
    text = ended.stdout[start + 13:ended.stdout.index("</title>", start)]
    return json.loads(html.unescape(text)), errors


def main():
    program, folder = sys.argv[1:]
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        print("SKIPPED: Chromium is not installed")
        sys.exit(77)
    for name, path in reports.make(program, os.path.abspath(folder)).items():
        answers, errors = probe(chromium, path)
        assert not errors, f"{name}: {errors}"
        assert len(answers) == 2, f"{name}: {answers}"
        for answer in answers:
            assert "error" not in answer, f"{name}: {answer}"
            assert answer["wide"] <= 1, f"{name}: wider than the screen by {answer['wide']}"
            assert answer["overlaps"] == 0, f"{name}: {answer['overlaps']} texts overlap"
            assert answer["sorted"], f"{name}: the table does not sort"
            assert answer["images"] == 0 and answer["title"] != "broken", f"{name}: {answer}"
        print(f"{name}: {answers[0]['texts']} texts in pictures, no overlap, no error")


main()
