"""The reports that the tests look at, made by the program itself."""
import json
import os
import subprocess

HOSTILE = "</script><img src=x onerror=\"document.title='broken'\"> & 'quoted' \x01\x1b[31m"


# A machine of four chips, and a network with branches.
CHIPS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli", "cases", "neurospector_schedule")


def run(program, *arguments):
    subprocess.run([program, *arguments], check=True, stdout=subprocess.DEVNULL)


def with_hostile_names(source, target):
    with open(source, encoding="utf-8") as file:
        result = json.load(file)
    result["network"] = HOSTILE
    result["arch"] = HOSTILE
    for layer in result["layers"]:
        layer["name"] = HOSTILE + layer["name"]
        for level in layer["levels"]:
            level["name"] = HOSTILE
        for level in layer["mapping"]:
            level["level"] = HOSTILE
    for step in result["schedule"]["steps"]:
        for run_of_step in step["runs"]:
            run_of_step["name"] = HOSTILE
    with open(target, "w", encoding="utf-8") as file:
        json.dump(result, file)


def make(program, folder):
    """Returns the paths of the pages: name -> file."""
    os.makedirs(folder, exist_ok=True)

    def path(name):
        return os.path.join(folder, name)

    run(program, "map", "eyeriss", "resnet50", "-q", "-o", path("resnet50.json"))
    run(program, "map", "eyeriss", "alexnet", "--schedule", "network", "-q", "-o",
        path("eyeriss.json"))
    run(program, "map", "simba", "alexnet", "-q", "-o", path("simba.json"))
    run(program, "map", "eyeriss", "alexnet", "--layer", "conv2", "--objective", "pareto", "-q",
        "-o", path("pareto.json"))
    run(program, "map", "tetris", "vgg16", "-q", "-o", path("tiled.json"))
    layers = [word for name in ("stem", "left", "middle", "right1", "join", "out") for word in ("--layer", name)]
    run(program, "map", os.path.join(CHIPS, "rack.cfg"), os.path.join(CHIPS, "branches.yaml"), *layers,
        "--model", "neurospector", "--objective", "pareto", "--schedule", "network", "--reuse", "on", "-q",
        "-o", path("schedule.json"))
    with_hostile_names(path("eyeriss.json"), path("hostile.json"))
    pages = {}
    for name in ("resnet50", "pareto", "tiled", "schedule", "hostile"):
        pages[name] = path(name + ".html")
        run(program, "report", path(name + ".json"), "-o", pages[name])
    pages["both"] = path("both.html")
    run(program, "report", path("eyeriss.json"), path("simba.json"), "-o", pages["both"])
    return pages
