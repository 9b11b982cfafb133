"""The page: whole without anything from elsewhere, readable on a phone, in the dark, and by ear."""

import re
from html.parser import HTMLParser

import pytest

from dpctl.doctor import page
from dpctl.doctor.catalogue import CONNECTION
from dpctl.doctor.diagnosis import diagnose
from tests.unit.doctor import accounts as a

VOID = {"meta", "br", "rect", "line", "path"}


class Reader(HTMLParser):
    """What a browser would make of it: the open tags, the addresses, the items that take the focus."""

    def __init__(self):
        super().__init__()
        self.stack, self.links, self.items, self.loads = [], [], [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag not in VOID:
            self.stack.append(tag)
        self.links += [found["href"]] if "href" in found else []
        self.loads += [found[key] for key in ("src", "xlink:href") if key in found]
        if tag == "li":
            self.items.append(found)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


@pytest.fixture(scope="module", params=["replica", "healthy", "nat"])
def made(request):
    account = {"replica": a.replica_account, "healthy": a.endpoints_account, "nat": a.nat_account}
    diagnosis = diagnose(account[request.param]())
    return diagnosis, page.html(diagnosis)


def read(text):
    reader = Reader()
    reader.feed(text)
    return reader


def test_every_tag_is_closed_and_nothing_is_loaded(made):
    reader = read(made[1])

    assert reader.stack == []
    assert reader.loads == []
    assert "<script" not in made[1]
    assert "@import" not in made[1]


def test_every_hop_is_an_item_that_tells_all_of_it_on_hover_and_focus(made):
    diagnosis, text = made
    items = read(text).items

    assert len(items) == sum(len(path.hops) for path in diagnosis.paths) > 0
    assert all(one["tabindex"] == "0" for one in items)
    hops = [hop for path in diagnosis.paths for hop in path.hops]
    for one, hop in zip(items, hops, strict=True):
        assert hop.resource in one["title"]
        assert hop.text in one["title"]


def test_every_check_links_to_its_page(made):
    links = read(made[1]).links

    assert {one.page for one in CONNECTION} <= set(links)
    based = page.html(made[0], pages="https://example.test/")
    assert "https://example.test/docs/checks/GC08.md" in read(based).links


def test_a_phone_gets_a_column_and_the_dark_its_colours(made):
    assert 'name="viewport"' in made[1]
    assert re.search(r"@media \(max-width: 700px\).*\.chain \{ display: none", made[1], re.DOTALL)
    assert made[1].count("prefers-color-scheme: dark") == 2  # the page and the drawing


def test_the_drawing_is_hidden_from_readers_who_get_the_list(made):
    assert '<div class="chain" aria-hidden="true"><svg' in made[1]
    assert made[1].index("<svg") < made[1].index("The packet") < made[1].index("The checks")
