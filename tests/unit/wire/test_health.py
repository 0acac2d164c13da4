"""Health checks: texts and codes as Kubernetes'."""

from __future__ import annotations

from apiserver.health import Answer, Health


def failing() -> None:
    raise RuntimeError("no store")


async def test_all_is_well() -> None:
    health = Health()
    assert await health.answer("/healthz") == Answer(200, "ok")
    assert await health.answer("/livez", verbose=True) == Answer(200, "[+]ping ok\n[+]log ok\nlivez check passed\n")
    assert await health.answer("/livez/ping") == Answer(200, "ok")
    assert await health.answer("/livez/nosuch") is None


async def test_a_failure_names_the_check_and_withholds_the_reason() -> None:
    health = Health()
    health.add("etcd", failing, ("/readyz",))
    wanted = "[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\nreadyz check failed\n"
    assert await health.answer("/readyz") == Answer(500, wanted)
    assert await health.answer("/readyz/etcd") == Answer(500, "internal server error: no store\n")
    assert await health.answer("/livez") == Answer(200, "ok")


async def test_what_is_left_out() -> None:
    health = Health()
    health.add("etcd", failing)
    assert await health.answer("/readyz", exclude=["etcd"]) == Answer(200, "ok")
    answer = await health.answer("/readyz", verbose=True, exclude=["etcd", "nosuch"])
    assert answer is not None
    assert "[+]etcd excluded: ok\n" in answer.text
    assert 'warn: some health checks cannot be excluded: no matches for "nosuch"\n' in answer.text


async def test_a_hook_is_ready_once_it_is_done() -> None:
    health = Health()
    hook = health.hook("rbac/bootstrap-roles")
    answer = await health.answer("/readyz/poststarthook/rbac/bootstrap-roles")
    assert answer == Answer(500, "internal server error: not finished\n")
    hook.done()
    assert await health.answer("/readyz/poststarthook/rbac/bootstrap-roles") == Answer(200, "ok")


async def test_figures_of_checks() -> None:
    health = Health()
    health.add("etcd", failing, ("/livez",))
    figures = (await health.figures()).decode()
    assert 'kubernetes_healthcheck{name="etcd",type="livez"} 0' in figures
    assert 'kubernetes_healthchecks_total{name="etcd",status="error",type="livez"} 1' in figures
