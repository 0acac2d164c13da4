from __future__ import annotations

import pytest

from metrics_server.exposition import ExpositionError, read
from metrics_server.points import Point

PAGE = """\
# HELP container_cpu_usage_seconds_total Cumulative cpu time
# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="web",namespace="default",pod="a"} 1.5 1700000001000
container_memory_working_set_bytes{container="web",namespace="default",pod="a"} 2.048e+06 1700000001005
container_start_time_seconds{container="web",namespace="default",pod="a"} 1.6999e+09
container_start_time_seconds_more{container="web",namespace="default",pod="a"} 7
node_cpu_usage_seconds_total 100.25 1700000002000
node_memory_working_set_bytes 1e+09 1700000002000
pod_cpu_usage_seconds_total{namespace="default",pod="a"} 1.5 1700000001000
scrape_error 0
"""


def test_a_kubelets_page() -> None:
    batch = read(PAGE, "n1", 5)
    assert batch.nodes == {"n1": Point(1700000002000, 100_250_000_000, 1_000_000_000)}
    point = Point(1700000001000, 1_500_000_000, 2_048_000, 1_699_900_000_000)
    assert batch.pods == {("default", "a"): {"web": point}}


def test_samples_without_a_time_are_of_when_was_asked() -> None:
    text = "node_memory_working_set_bytes 5\nnode_cpu_usage_seconds_total 1\n"
    assert read(text, "n", 1234).nodes == {"n": Point(1234, 1_000_000_000, 5)}


@pytest.mark.parametrize("line", ["node_cpu_usage_seconds_total 1", "node_cpu_usage_seconds_total 0"])
def test_a_node_that_lacks_something_is_left_out(line: str) -> None:
    more = "node_memory_working_set_bytes 5\n" if line.endswith(" 0") else ""
    assert read(f"{line}\n{more}", "n", 1).nodes == {}


def test_a_pod_is_left_out_while_one_of_its_containers_lacks_something() -> None:
    second = 'container_cpu_usage_seconds_total{container="side",namespace="default",pod="a"} 1 1700000001000\n'
    assert read(PAGE + second, "n1", 5).pods == {}


def test_escaped_labels_and_any_order() -> None:
    labels = r'{pod="p",container="a\"b\\c}",namespace="n s"}'
    text = f"container_cpu_usage_seconds_total{labels} 1 7\ncontainer_memory_working_set_bytes{labels} 1 7\n"
    assert list(read(text, "n", 1).pods[("n s", "p")]) == ['a"b\\c}']


@pytest.mark.parametrize(
    "text",
    [
        "<html>",
        "node_cpu_usage_seconds_total much",
        "node_cpu_usage_seconds_total NaN",
        "node_cpu_usage_seconds_total +Inf",
    ],
)
def test_what_is_no_page(text: str) -> None:
    with pytest.raises(ExpositionError, match="failed parsing metrics"):
        read(text, "n", 1)
