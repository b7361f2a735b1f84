"""The benchmark's arithmetic. Speed itself is measured, not asserted."""

from tests.bench.results import FIGURES, table


def test_the_table_judges_medians_by_their_limits() -> None:
    """Ratios, differences and plain figures are those of the medians, and a limit reached is met."""
    ours = dict(
        zip(
            [figure.name for figure in FIGURES],
            [[90.0, 10.0, 91.0], [101.0], [9.5], [1.5], [2.01, 1.0, 2.5]],
            strict=True,
        )
    )
    bare = dict(zip(ours, [[10.0, 11.0, 1.0], [5.0], [1.0], [0.03], [0.3]], strict=True))

    assert table(ours, bare).splitlines() == [
        "                             sshauth        bare       compared     at most",
        "connect to first paint      90.00 ms    10.00 ms         9.00 x         9 x  MET",
        "server CPU a session       101.00 ms     5.00 ms        20.20 x        20 x  NOT MET",
        "a key's echo                 9.50 ms     1.00 ms   8.50 ms over   8 ms over  NOT MET",
        "memory an idle session      1.50 MiB    0.03 MiB       1.50 MiB     1.5 MiB  MET",
        "start to listening            2.01 s      0.30 s         2.01 s         2 s  NOT MET",
    ]
