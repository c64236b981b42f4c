import pytest
from tests.e2e.browsing import DESKTOP, PHONE, TABLET
pytestmark=[pytest.mark.e2e, pytest.mark.slow]
PAGES={"empty":"people/access/","place":"people/access/?node=PK-0001","person":"people/access/?person={consultant}","both":"people/access/?node=M-000001&person={consultant}","not":"people/access/?node=PG-001&person={narrow}","measure":"measures/M-000001/"}
@pytest.mark.parametrize(("vn","viewport","scheme"),[("390",PHONE,"dark"),("390",PHONE,"light"),("768",TABLET,"light"),("1440",DESKTOP,"light"),("1440",DESKTOP,"dark")])
def test_look(sign_in, house, live_server, vn, viewport, scheme):
    from datetime import timedelta
    from django.utils import timezone
    from governance.people.choices import Role
    from governance.permissions.services import role_grant
    with house.active():
        role_grant(membership=house.people["consultant"], role=Role.EXECUTIVE, node=house.program, by=house.system(Role.ADMINISTRATOR), valid_until=timezone.now().date()+timedelta(days=40))
        from governance.permissions.models import NodeGrant
        NodeGrant.objects.filter(membership=house.people["owner"], content_object=house.root).update(valid_until=timezone.now().date()-timedelta(days=3))
    visit = sign_in("pmo", viewport=viewport, color_scheme=scheme)
    faults={}
    emails={k:m.email.replace('@','%40') for k,m in house.people.items()}
    for name,path in PAGES.items():
        visit.page.goto(f"{live_server.url}{house.page(path.format(**emails))}")
        visit.page.wait_for_load_state("networkidle")
        visit.page.screenshot(path=f"/tmp/access-shots/{name}-{vn}-{scheme}.png", full_page=True)
        found = visit.violations() + (["sideways"] if visit.scrolls_sideways() else [])
        if found: faults[name]=found
    assert faults == {}
    assert visit.complaints == []
    with house.active():
        from governance.permissions.models import NodeGrant as G
        rows=[(m, p.name) for m,p in house.people.items()]
        from governance.permissions.selectors_access import audience_rows
        from governance.permissions.places import place_of
        got=[(m.user.name,m.rank_name) for m in audience_rows(place_of(house.package)).order_by("rank_name","id")]
        html=visit.page.goto(f"{live_server.url}{house.page('people/access/?node=PK-0001')}").text()
        print("HAS", vn, scheme, "Sponsor" in html, len(got), got)
        visit.page.wait_for_load_state("networkidle")
        print("ROWS", vn, scheme, visit.page.evaluate("[...document.querySelectorAll('main tbody tr')].map(r=>[r.innerText.split('\\n')[1]||r.innerText.slice(0,20), Math.round(r.getBoundingClientRect().top), Math.round(r.getBoundingClientRect().height), r.checkVisibility()])"))
