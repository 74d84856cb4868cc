import pytest

from waymark.web.samples import Sample, load_samples

from .conftest import Visit

SAMPLES = load_samples()


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_every_sample_has_a_title_and_says_that_it_is_made_up(sample: Sample) -> None:
    assert sample.title
    assert "(made up)" in sample.place
    assert 150 <= len(sample.text.split()) <= 600


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_read_with_one_click(visit: Visit, name: str) -> None:
    response = visit("POST", "/", data={"sample": name})
    assert response.status_code == 200
    assert "a made-up sample" in response.text
    assert "<mark" in response.text


def test_the_data_scientist_proves_to_be_an_analyst(visit: Visit) -> None:
    page = visit("POST", "/", data={"sample": "data-scientist"}).text
    assert "This is a data analyst, whatever its title says." in page


def test_the_machine_learning_engineer_proves_to_build_platforms(visit: Visit) -> None:
    page = visit("POST", "/", data={"sample": "machine-learning-engineer"}).text
    assert "This is a software engineer for machine learning, whatever its title says." in page


def test_the_junior_specialist_is_told_what_to_mend(visit: Visit) -> None:
    page = visit("POST", "/", data={"sample": "junior-ai-specialist"}).text
    assert "What to mend in it" in page
    assert page.count('class="finding-kind"') >= 3
