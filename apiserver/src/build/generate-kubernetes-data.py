#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the data about Kubernetes' built-in kinds that the embedded API server carries.

Input, all from published Go modules (Apache-2.0; see NOTICE and docs/explanation/decisions):
  k8s.io/kubernetes            api/openapi-spec/v3/*.json   the schemas
  k8s.io/api, apimachinery     **/generated.proto           field numbers and types
  k8s.io/api, apimachinery     **/types.go                  which fields are pointers (may be zero)
Output, under apiserver/src/main/resources/dev/howdah/apiserver:
  schema/kinds.gz              a line per kind: version and kind TAB name of its type
  schema/types.gz              a line per type: name TAB schema without descriptions
  schema/descriptions.gz       a line per type: name TAB {"": of the type, property: of the property}
  protobuf/messages.gz         a line per message: name TAB field|field|...

Run: go mod download k8s.io/kubernetes@v1.34.4 k8s.io/api@v0.34.4 k8s.io/apimachinery@v0.34.4
     python3 apiserver/src/build/generate-kubernetes-data.py "$(go env GOMODCACHE)"
"""
import glob, gzip, json, os, re, sys

KUBERNETES, LIBRARIES = "v1.34.4", "v0.34.4"
GROUP_VERSIONS = """api__v1 admissionregistration.k8s.io__v1 apiextensions.k8s.io__v1 apiregistration.k8s.io__v1 apps__v1
 authentication.k8s.io__v1 authorization.k8s.io__v1 autoscaling__v1 autoscaling__v2 batch__v1 certificates.k8s.io__v1
 coordination.k8s.io__v1 discovery.k8s.io__v1 events.k8s.io__v1 flowcontrol.apiserver.k8s.io__v1 networking.k8s.io__v1
 node.k8s.io__v1 policy__v1 rbac.authorization.k8s.io__v1 scheduling.k8s.io__v1 storage.k8s.io__v1""".split()
PROTO_PACKAGES = """api/core/v1 api/apps/v1 api/batch/v1 api/policy/v1 api/rbac/v1 api/authorization/v1
 api/authentication/v1 api/coordination/v1 api/scheduling/v1 api/networking/v1 api/autoscaling/v1 api/autoscaling/v2
 api/storage/v1 api/events/v1 api/discovery/v1 api/certificates/v1 api/node/v1 api/admissionregistration/v1
 apimachinery/pkg/apis/meta/v1""".split()

cache = os.path.join(sys.argv[1], "k8s.io")
out = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../main/resources/dev/howdah/apiserver")


def write(name, lines):
    path = os.path.join(out, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    data = gzip.compress(("\n".join(lines) + "\n").encode(), 9, mtime=0)
    with open(path, "wb") as file:
        file.write(data)
    print(f"{name}: {len(lines)} lines, {len(data)} bytes")


def compact(value):
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


# ---- schemas ---------------------------------------------------------------------------------

def strip(schema):
    """Without descriptions, and with `ref` instead of a reference wrapped in allOf."""
    kept = {}
    for key, value in schema.items():
        if key == "properties":
            kept[key] = {name: strip(each) for name, each in value.items()}
        elif key in ("items", "additionalProperties") and isinstance(value, dict):
            kept[key] = strip(value)
        elif key == "allOf":
            kept["ref"] = value[0]["$ref"].rsplit("/", 1)[1]
        elif key == "$ref":
            kept["ref"] = value.rsplit("/", 1)[1]
        elif key == "x-kubernetes-group-version-kind":
            # Options of requests belong to every group; the index would only list them 40 times.
            kept[key] = value if len(value) == 1 else [each for each in value if each["group"] == "" and each["version"] == "v1"]
        elif key not in ("description", "x-kubernetes-unions"):
            kept[key] = value
    return kept


def schemas():
    types, texts = {}, {}
    for group_version in GROUP_VERSIONS:
        prefix = "" if group_version.startswith("api__") else "apis__"
        path = f"{cache}/kubernetes@{KUBERNETES}/api/openapi-spec/v3/{prefix}{group_version}_openapi.json"
        for name, schema in json.load(open(path))["components"]["schemas"].items():
            types[name] = strip(schema)
            described = {"": schema.get("description", "")}
            for prop, each in schema.get("properties", {}).items():
                if "description" in each:
                    described[prop] = each["description"]
            texts[name] = described
    kinds = sorted(
        f"{each['group'] + '/' if each['group'] else ''}{each['version']} {each['kind']}\t{name}"
        for name, schema in types.items() for each in schema.get("x-kubernetes-group-version-kind", []))
    write("schema/kinds.gz", kinds)
    write("schema/types.gz", [f"{name}\t{compact(types[name])}" for name in sorted(types)])
    write("schema/descriptions.gz", [f"{name}\t{compact(texts[name])}" for name in sorted(texts)])


# ---- protocol buffers -------------------------------------------------------------------------

FIELD = re.compile(r"^\s*(optional|repeated|map<string, *([\w.]+)>)\s*([\w.]+)?\s+(\w+)\s*=\s*(\d+);")
GO_FIELD = re.compile(r"^\s*(?:(\w+)\s+)?(\S+)\s+`.*?json:\"([^\"]*)\".*?protobuf:\"\w+,(\d+),")
SCALARS = {"string": "s", "bool": "b", "bytes": "y", "double": "d", "int32": "i", "int64": "i", "uint32": "i", "uint64": "i"}


def go_structs(folder):
    """Of each struct: field number -> (JSON name, pointer, omitted when empty, inlined)."""
    structs = {}
    for path in glob.glob(folder + "/*.go"):
        if re.search(r"(_test|zz_generated.*|generated\.pb|generated\.protomessage\.pb)\.go$", path):
            continue
        name = None
        for line in open(path):
            if start := re.match(r"^type (\w+) struct", line):
                name = start[1]
            elif line.startswith("}"):
                name = None
            elif name and (field := GO_FIELD.match(line)):
                tag = field[3].split(",")
                structs.setdefault(name, {})[int(field[4])] = (
                    tag[0], field[2].startswith("*"), "omitempty" in tag or "omitzero" in tag, "inline" in tag)
    return structs


def messages():
    lines = []
    for package in PROTO_PACKAGES:
        module, rest = package.split("/", 1)
        folder = f"{cache}/{module}@{LIBRARIES}/{rest}"
        full = "k8s.io." + package.replace("/", ".")
        structs, message, fields = go_structs(folder), None, []
        for line in open(folder + "/generated.proto"):
            if start := re.match(r"^message (\w+) \{", line):
                message, fields = start[1], []
            elif line.startswith("}") and message:
                lines.append(f"{full}.{message}\t{'|'.join(fields)}")
                message = None
            elif message and (field := FIELD.match(line)):
                label, value, kind, name, number = field.groups()
                go = structs.get(message, {}).get(int(number))
                json_name, pointer, omit, inline = go or (name, False, False, False)
                kind = kind if value is None else value
                if kind not in SCALARS and not kind.startswith("."):
                    kind = f".{full}.{kind}"
                flags = ("m" if value else "r" if label == "repeated" else "") + ("p" if pointer else "") + (
                    "o" if omit else "") + ("n" if inline else "")
                if not go:
                    print(f"no Go field: {message}.{name}")
                fields.append(f"{number},{json_name or name},{flags},{SCALARS.get(kind, kind.removeprefix('.'))}")
    write("protobuf/messages.gz", sorted(lines))


schemas()
messages()
