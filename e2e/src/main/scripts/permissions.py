# permissions.py AUDIT-LOG PERMISSIONS-PAGE: what was asked of the API server against what the page grants.
# SPDX-License-Identifier: Apache-2.0
"""A right that the suite doesn't reach says so in the page, in its reason: `(not in e2e: VERB, …: why)`, or `(not in e2e: why)` for
all verbs of the row. `(used at times: VERB, …: why)` is for what one run reaches and another doesn't; `(refused at times: VERB, …: why)`
explains refusals."""

import json
import re
import sys
from collections import Counter, defaultdict

log, page = sys.argv[1:3]
NOT_REACHED = re.compile(r"\(not in e2e: ([^)]*)\)")
USED = re.compile(r"\(used at times: ([^)]*)\)")
REFUSED = re.compile(r"\(refused at times: ([^)]*)\)")


def rows():
    who = None
    for line in open(page, encoding="utf-8"):
        if line.startswith("## "):
            who = "operator" if "Operator" in line else "instance"
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if who and line.startswith("|") and len(cells) >= 4 and not cells[0].startswith(("API", "-")):
            group = "" if cells[0] == "core" else cells[0]
            yield who, group, cells[1].split(", "), cells[-2].split(", "), cells[-1]


def notes(pattern, reason, resources, verbs):
    """What a note of the reason speaks of, each with its explanation."""
    for note in pattern.findall(reason):
        names, _, why = note.rpartition(": ")
        named = [n.strip() for n in names.split(",")] if names else []
        for resource in resources:
            for verb in verbs:
                if not named or verb in named or resource in named or f"{resource}/{verb}" in named:
                    yield resource, verb, why


granted, excused, at_times, explained = {}, defaultdict(str), defaultdict(str), defaultdict(str)
for who, group, resources, verbs, reason in rows():
    for resource in resources:
        for verb in verbs:
            granted[(who, group, resource, verb)] = reason
    for resource, verb, why in notes(NOT_REACHED, reason, resources, verbs):
        excused[(who, group, resource, verb)] = why
    for resource, verb, why in notes(USED, reason, resources, verbs):
        at_times[(who, group, resource, verb)] = why
    for resource, verb, why in notes(REFUSED, reason, resources, verbs):
        explained[(who, group, resource, verb)] = why

for (who, group, resource, verb) in granted:
    key = ("operator", group, resource, verb)
    if who == "instance" and key in granted and not excused[key]:
        excused[key] = "granted on to the instances"

# What ends after its Cluster is refused, since its Role is gone: that is not what is looked for.
used, refusals, example, last_allowed = Counter(), [], {}, {}
with open(log, encoding="utf-8") as events:
    for line in events:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        user = event["user"]["username"].split(":")
        ref = event.get("objectRef")
        if len(user) != 4 or not ref or ref.get("apiGroup", "").startswith(("authentication", "authorization")):
            continue
        who = "operator" if user[2] == "howdah-system" else "instance"
        resource = ref["resource"] + ("/" + ref["subresource"] if ref.get("subresource") else "")
        key = (who, ref.get("apiGroup", ""), resource, event["verb"])
        code = event.get("responseStatus", {}).get("code", 0)
        name, at = event["user"]["username"], event["requestReceivedTimestamp"]
        what = f"{event.get('userAgent', '')} {event['requestURI']}"
        if code == 403 and event.get("annotations", {}).get("authorization.k8s.io/decision") == "forbid":
            refusals.append((key, name, at, what))
            continue
        used[key] += 1
        example.setdefault(key, what)
        last_allowed[name] = max(at, last_allowed.get(name, ""))
        if event["verb"] == "patch" and code == 201:
            used[key[:3] + ("create",)] += 1  # a server-side apply that makes the object asks for both

real = [r for r in refusals if r[2] < last_allowed.get(r[1], "")]
refused = Counter(r[0] for r in real)
refused_example = {r[0]: r[3] for r in real}
if not used:
    sys.exit(f"permissions: {log} tells nothing of the operator or an instance")


def show(title, keys, tell):
    print(f"{title}: {len(keys)}")
    for key in sorted(keys):
        who, group, resource, verb = key
        print(f"  {who:8} {group or 'core'} {resource} {verb}{tell(key)}")


missing = [k for k in used if k not in granted]
unused = [k for k in granted if k not in used and not at_times[k]]
print(f"granted: {len(granted)}, used: {len([k for k in granted if k in used])}")
show("used, but the page doesn't have it", missing, lambda k: f"  ({example[k]})")
unexplained = [k for k in refused if not explained[k]]
show("refused", unexplained, lambda k: f"  {refused[k]} times ({refused_example[k]})")
show("refused, which the page says", [k for k in refused if explained[k]], lambda k: f"  {refused[k]} times ({explained[k]})")
show("not reached by the suite, which the page says", [k for k in unused if excused[k]], lambda k: f"  ({excused[k]})")
show("used at times, which the page says; not this time", [k for k in granted if at_times[k] and k not in used], lambda k: f"  ({at_times[k]})")
show("granted, but not used", [k for k in unused if not excused[k]], lambda k: "")
show("used, although the page says that the suite doesn't reach it", [k for k in used if excused[k] and not excused[k].startswith("granted on")], lambda k: "")
sys.exit(1 if missing or unexplained or any(not excused[k] for k in unused) else 0)
