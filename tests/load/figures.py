"""What came of a run, in lines."""

from collections.abc import Iterator

from crowd import Seen
from run import Plan, Result
from served import slope, thirds

MOST = 8  # kinds of errors that are listed


def lines(plan: Plan, result: Result) -> Iterator[str]:
    """A line for each figure."""
    what = "a chat model that is slow, then limits, then is killed" if plan.model else "no chat model"
    yield f"{plan.readers} readers for {plan.seconds:g} s over {result.passages} passages; {what}"
    for name, seen in result.parts.items():
        yield f"  {name if plan.model else 'answers':<8} {_seen(seen, plan.seconds / len(result.parts))}"
    whole = result.whole
    yield f"  errors   {sum(whole.errors.values())}"
    yield from (f"           {count} x {said}" for said, count in whole.errors.most_common(MOST))
    yield f"  wrong    {sum(whole.wrong.values())}; {len(result.worse)} that are right without load"
    yield from (f"           {said}" for said in result.worse[:MOST])
    if result.hard:
        yield f"  missed   {len(result.hard)} questions, with load and without"
    yield from (f"           {count} x {said}" for said, count in whole.wrong.most_common(MOST))
    yield f"  pages    {whole.kept} answers of pages, each found whole in its conversation"
    first, middle, last = thirds(result.memory)
    yield (
        f"  memory   {first:.0f}, {middle:.0f}, {last:.0f} MB in the thirds of the run; most {_most(result):.0f}; "
        f"second half {slope(result.memory):+.1f} MB a minute"
    )
    rest = result.memory[result.filled :]
    yield f"           all articles in, the last {_seconds(rest):.0f} s: second half {slope(rest):+.1f} MB a minute"
    taken = f"{result.taken} of {plan.articles} articles taken in, in {result.took:.1f} s"
    yield f"  curator  {taken}; {len(result.lost)} lost"
    yield from (f"           {said}" for said in result.curator)
    yield "  full     " + "; ".join(f"{count} x {said}" for said, count in result.full.most_common(MOST))
    yield f"  doctor   {'; '.join(result.ills) or 'finds nothing'}"
    yield f"  machine  load {result.load[0]:.1f} before, {result.load[-1]:.1f} after"


def _seen(seen: Seen, seconds: float) -> str:
    taken = sorted(seen.seconds) or [0.0]
    middle, late = taken[len(taken) // 2], taken[min(len(taken) - 1, round(0.95 * len(taken)))]
    modes = ", ".join(f"{count} {name}" for name, count in seen.modes.most_common())
    return f"{len(seen.seconds)} ({modes}), {len(seen.seconds) / seconds:.1f}/s; p50 {middle:.2f} s, p95 {late:.2f} s"


def _seconds(memory: list[tuple[float, float]]) -> float:
    return memory[-1][0] - memory[0][0] if memory else 0.0


def _most(result: Result) -> float:
    return max((one for _, one in result.memory), default=0.0)
