"""How long does a list to be signed take, how large is it, and what does it cost that it can be read aloud?

    python -m benchmarks.sheets                 12 and 120 people, no database

CPU time of the fastest of five on a warm process, which a busy machine disturbs less. „untagged“ is the same HTML
without the structure of PDF/UA and without PDF/A.
"""

import time
from collections.abc import Callable

from benchmarks import size
from benchmarks._databases import set_up

PEOPLE = size((12, 120), (2,))
ROUNDS = size(5, 1)


def main() -> None:
    set_up()
    for people in PEOPLE:
        report(people)


def sheet(people: int):
    """A list whose people have names as long as they usually are."""
    from trainings.attendance.sheets import FundingOnSheet, ListedPerson, Sheet

    names = [("Yıldız", "Ayşe"), ("von Hohenstein", "Maximiliana"), ("Weber", "Jan"), ("Nguyễn Thị", "Phượng Ánh")]
    agencies = ["Stadtverwaltung Mayen", "Jobcenter Landkreis Mayen-Koblenz", "Verbandsgemeindeverwaltung Maifeld"]
    grant = FundingOnSheet(
        "Asyl-, Migrations- und Integrationsfonds (AMIF)", "MiKo-MYK", "AMIF-1", "Landkreis", "31.12.2044"
    )
    return Sheet(
        run_number="2026-014",
        course="Interkulturelle Kompetenz für die Verwaltung",
        day="08.12.2026",
        when="Di., 8. Dezember 2026, 9:00–16:30 Uhr",
        place="Kreishaus, Koblenz, Saal 1",
        units="8 UE (6 Std.)",
        trainers=("Ngozi Okafor",),
        grant=grant,
        rows=tuple(ListedPerson(*names[n % 4], agencies[n % 3], "MFE"[n % 3]) for n in range(people)),
    )


def report(people: int) -> None:
    from trainings.attendance import sheets
    from trainings.printing import pdf as printing

    one = sheet(people)
    pages = len(sheets.laid_out(one).pages)

    def tagged() -> bytes:
        return sheets.pdf([one])

    def untagged() -> bytes:
        return sheets.laid_out(one).write_pdf()

    for name, make in [("tagged", tagged), ("untagged", untagged)]:
        with printing.no_warnings():
            seconds, size = fastest(make)
        print(f"{people:>4} people, {pages} pages, {name:<9} {seconds:.2f} s CPU, {size:,} bytes")


def fastest(make: Callable[[], bytes]) -> tuple[float, int]:
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        made = make()
        times.append(time.process_time() - began)
    return min(times), len(made)


if __name__ == "__main__":
    main()
