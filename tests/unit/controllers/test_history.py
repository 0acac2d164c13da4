"""What a ControllerRevision stores."""

from __future__ import annotations

from controllers.shared.history import patch_of
from minik8s.api.core_v1 import Container, EnvVar, PodSpec, PodTemplateSpec
from minik8s.api.meta_v1 import ObjectMeta


def test_a_template_is_stored_in_the_bytes_that_clients_make_of_it() -> None:
    template = PodTemplateSpec(
        metadata=ObjectMeta(labels={"b": "2", "a": "1"}),
        spec=PodSpec(containers=[Container(name="c", image="x", env=[EnvVar(name="E", value="<&>")])]),
    )
    assert patch_of(template) == (
        b'{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"a":"1","b":"2"}},"spec":{"containers":'
        b'[{"env":[{"name":"E","value":"\\u003c\\u0026\\u003e"}],"image":"x","name":"c","resources":{}}]}}}}'
    )
