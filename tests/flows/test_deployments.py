"""What prefect.yaml deploys: a form anybody can fill in, a night in the province's zone, and nothing that ends the nightly for good."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ParameterTypeError
from prefect.flows import Flow

from flows import deployed
from flows import deployments as deployments_of_yaml
from flows.deployments import PREFECT_YAML, read_deployments
from schemas.errors import UsageError

NAMES = ["nightly", "submission", "consolidation", "distribution", "report"]


@pytest.fixture(scope="module")
def deployments() -> dict[str, RunnerDeployment]:
    return {deployment.name: deployment for deployment in read_deployments("Asia/Jayapura")}


def _schema(name: str) -> dict[str, Any]:
    flow = getattr(deployed, name)
    assert isinstance(flow, Flow)
    return dict(flow.parameters.model_dump())


def test_every_flow_is_deployed_and_every_deployment_is_a_flow(deployments: dict[str, RunnerDeployment]) -> None:
    flows = [name for name, value in vars(deployed).items() if isinstance(value, Flow)]
    assert sorted(deployments) == sorted(flows) == sorted(NAMES)


def test_the_nightly_runs_at_one_in_the_zone_of_the_province(deployments: dict[str, RunnerDeployment]) -> None:
    (planned,) = deployments["nightly"].schedules or []
    assert (planned.schedule.cron, planned.schedule.timezone, planned.active) == ("0 1 * * *", "Asia/Jayapura", True)
    assert not any(deployments[name].schedules for name in NAMES[1:])


def test_every_replaces_the_night_by_an_interval() -> None:
    nightly = next(each for each in read_deployments("Asia/Jakarta", timedelta(seconds=7)) if each.name == "nightly")
    assert [planned.schedule.interval for planned in nightly.schedules or []] == [timedelta(seconds=7)]


def test_a_landed_file_starts_a_submission_with_its_file_and_regency(deployments: dict[str, RunnerDeployment]) -> None:
    (trigger,) = deployments["submission"].triggers
    assert trigger.expect == {"sinergi.file.landed"}
    assert sorted(trigger.parameters) == ["file", "regency"]


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_of_a_form_says_what_it_is(name: str) -> None:
    parameters = _schema(name)["properties"]
    assert [parameter for parameter, shown in parameters.items() if not shown.get("description")] == []


def test_only_the_file_and_its_regency_must_be_filled_in() -> None:
    assert {name: _schema(name)["required"] for name in NAMES if _schema(name)["required"]} == {
        "submission": ["file", "regency"]
    }


@pytest.mark.parametrize(
    ("folder", "is_an_office"),
    [
        ("19.01", True),
        ("92.71", True),
        ("19", True),
        ("1901", False),
        ("190", False),
        ("19.", False),
        ("19.01.01", False),
    ],
)
def test_whatever_lands_in_the_folder_of_an_office_can_start_its_run(folder: str, is_an_office: bool) -> None:
    """A regency's folder, or the province's own, into which registers' answers are put."""
    try:
        deployed.submission.validate_parameters({"file": f"{folder}/jawaban.csv", "regency": folder})
    except ParameterTypeError:
        assert not is_an_office
    else:
        assert is_an_office


@pytest.mark.parametrize("name", NAMES)
def test_deployments_say_what_they_are_and_have_no_limit_that_could_end_the_nightly(
    name: str, deployments: dict[str, RunnerDeployment]
) -> None:
    deployment = deployments[name]
    assert deployment.description and deployment.version and "sinergi" in deployment.tags
    assert deployment.concurrency_limit is None
    assert "concurrency_limit" not in str(yaml.safe_load(PREFECT_YAML.read_text())["deployments"])


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("{inbx: /srv/inbox}", "nightly: there is no parameter 'inbx'. Known: inbox, today."),
        ("{today: tomorrow}", "nightly: the parameter 'today' cannot be 'tomorrow'"),
    ],
)
def test_a_wrong_parameter_in_prefect_yaml_is_said_before_anything_starts(
    parameters: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited = tmp_path / "prefect.yaml"
    text = PREFECT_YAML.read_text("utf-8")
    edited.write_text(text.replace("name: nightly\n", f"name: nightly\n    parameters: {parameters}\n"))
    monkeypatch.setattr(deployments_of_yaml, "PREFECT_YAML", edited)
    with pytest.raises(UsageError) as error:
        read_deployments("Asia/Jakarta")
    assert said in str(error.value)
