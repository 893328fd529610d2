"""The page of a report in a browser: every heading sorts, both ways, and the field filters."""

import numpy as np

from motionlcm.cli.convert import main as convert
from motionlcm.motion.motion import Motion
from tests.conftest import walking


def column(page, number):
    return page.locator(f"tbody tr:visible td:nth-child({number})").all_inner_texts()


def test_headings_sort_both_ways_with_empty_cells_last_and_the_field_filters(browser, tmp_path):
    (tmp_path / "in").mkdir()
    for name, frames, caption in (("b", 30, ""), ("a", 100, "Waves"), ("c", 60, "jumps <b>")):
        Motion(walking(frames), caption=caption).save(tmp_path / "in" / f"{name}.npz")
    (tmp_path / "in" / "é broken.bvh").write_text("HIERARCHY\nROOT")
    np.save(tmp_path / "in" / "short.npy", walking(1))
    assert convert([str(tmp_path / "in"), str(tmp_path / "out"), "--format", "bvh"]) == 0

    page = browser.new_page()
    page.goto((tmp_path / "out" / "report.html").as_uri())
    headings = page.locator("th button").all_inner_texts()
    assert "reason or note" in headings
    for button in page.locator("th button").all():
        number = button.evaluate("button => button.closest('th').cellIndex + 1")
        is_number = button.evaluate("button => button.closest('th').dataset.kind === 'number'")
        for way in (1, -1):
            button.click()
            cells = [text.strip().lower() for text in column(page, number)]
            words = [float(text) if is_number else text for text in cells if text]
            assert words == sorted(words)[::way] and not any(cells[len(words) :])

    page.fill("input", "JUMPS <B>")
    assert column(page, 2) == ["c.npz"] and page.inner_text("output") == "1 of 5"
    page.close()
