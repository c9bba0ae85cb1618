// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.resource.ResourceType;
import dev.howdah.apiserver.resource.ResourceTypes;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;

/// CustomResourceDefinitions: established in the moment they are stored, when their names are free.
final class DefinitionStrategy implements Strategy {
  /// Keeps a definition until its objects are gone.
  static final String CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

  private final ResourceTypes types;
  private final InstantSource clock;

  DefinitionStrategy(ResourceTypes types, InstantSource clock) {
    this.types = types;
    this.clock = clock;
  }

  @Override
  public boolean countsGenerations() {
    return true;
  }

  @Override
  public boolean requiresVersion() {
    return true;
  }

  @Override
  public void defaults(ObjectNode object) {
    var spec = object.withObjectProperty("spec");
    var names = spec.withObjectProperty("names");
    var kind = names.path("kind").asText("");
    if (names.path("singular").asText("").isEmpty() && !kind.isEmpty()) {
      names.put("singular", kind.toLowerCase(Locale.ROOT));
    }
    if (names.path("listKind").asText("").isEmpty() && !kind.isEmpty()) {
      names.put("listKind", kind + "List");
    }
    if (!spec.has("conversion")) {
      spec.putObject("conversion").put("strategy", "None");
    }
  }

  @Override
  public void prepareForCreate(ObjectNode object, boolean dryRun) {
    establish(object);
  }

  @Override
  public void prepareForDelete(ObjectNode object) {
    var finalizers = Meta.finalizers(object);
    if (!finalizers.contains(CLEANUP)) {
      finalizers.add(CLEANUP);
      Meta.setFinalizers(object, finalizers);
    }
    condition(
        object.withObjectProperty("status"),
        "Terminating",
        "True",
        "InstanceDeletionPending",
        "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon");
  }

  @Override
  public void prepareForUpdate(ObjectNode object, ObjectNode old, boolean dryRun) {
    object.set("status", old.path("status").deepCopy());
    if (!Meta.deleting(object)) {
      establish(object);
    }
  }

  private void establish(ObjectNode object) {
    var status = object.withObjectProperty("status");
    var conflicts = conflicts(object);
    if (conflicts.isEmpty()) {
      status.set("acceptedNames", object.path("spec").path("names").deepCopy());
      condition(status, "NamesAccepted", "True", "NoConflicts", "no conflicts found");
      condition(
          status,
          "Established",
          "True",
          "InitialNamesAccepted",
          "the initial names have been accepted");
    } else {
      status.withObjectProperty("acceptedNames");
      condition(
          status,
          "NamesAccepted",
          "False",
          conflicts.getFirst().reason,
          conflicts.getFirst().message);
      condition(status, "Established", "False", "NotAccepted", "not all names are accepted");
    }
    var stored = new LinkedHashSet<String>();
    status.path("storedVersions").forEach(v -> stored.add(v.asText()));
    for (var version : object.path("spec").path("versions")) {
      if (version.path("storage").asBoolean()) {
        stored.add(version.path("name").asText());
      }
    }
    status.set("storedVersions", Json.texts(stored));
  }

  private record Conflict(String reason, String message) {}

  private List<Conflict> conflicts(ObjectNode object) {
    var spec = object.path("spec");
    var group = spec.path("group").asText();
    var names = spec.path("names");
    var plural = names.path("plural").asText();
    var found = new ArrayList<Conflict>();
    for (var type : types.all()) {
      if (type.group().equals(group) && !type.plural().equals(plural)) {
        clash(type, "Singular", names.path("singular").asText(), found);
        for (var name : names.path("shortNames")) {
          clash(type, "ShortNames", name.asText(), found);
        }
        if (type.custom() && type.kind().equals(names.path("kind").asText())) {
          found.add(
              new Conflict("KindConflict", "\"%s\" is already in use".formatted(type.kind())));
        }
      }
    }
    return found;
  }

  private static void clash(ResourceType type, String what, String name, List<Conflict> found) {
    var taken =
        name.equals(type.plural())
            || name.equals(type.names().singular())
            || type.names().shortNames().contains(name);
    if (taken && !name.isEmpty()) {
      found.add(new Conflict(what + "Conflict", "\"%s\" is already in use".formatted(name)));
    }
  }

  private void condition(
      ObjectNode status, String type, String value, String reason, String message) {
    var conditions =
        status.get("conditions") instanceof ArrayNode list ? list : status.putArray("conditions");
    for (var known : conditions) {
      if (known.path("type").asText().equals(type) && known instanceof ObjectNode condition) {
        if (!condition.path("status").asText().equals(value)) {
          condition.put("lastTransitionTime", Meta.time(clock.instant()));
        }
        condition.put("status", value).put("reason", reason).put("message", message);
        return;
      }
    }
    conditions
        .addObject()
        .put("type", type)
        .put("status", value)
        .put("lastTransitionTime", Meta.time(clock.instant()))
        .put("reason", reason)
        .put("message", message);
  }

  @Override
  public void validate(ObjectNode object, Errors errors) {
    var spec = object.path("spec");
    var expected = spec.path("names").path("plural").asText() + "." + spec.path("group").asText();
    if (!Meta.name(object).equals(expected)) {
      errors.invalid(
          "metadata.name", Meta.name(object), "must be spec.names.plural+\".\"+spec.group");
    }
    for (var field : List.of("plural", "kind")) {
      if (spec.path("names").path(field).asText("").isEmpty()) {
        errors.required("spec.names." + field, "");
      }
    }
    errors.oneOf("spec.scope", spec.path("scope"), "Cluster", "Namespaced");
    if (!spec.hasNonNull("scope")) {
      errors.required("spec.scope", "");
    }
    versions(spec.path("versions"), errors);
    StructuralSchema.check(spec.path("versions"), errors);
    if (spec.path("conversion").path("strategy").asText().equals("Webhook")) {
      errors.invalid(
          "spec.conversion.strategy",
          "Webhook",
          "this API server converts with strategy None only");
    }
  }

  private static void versions(JsonNode versions, Errors errors) {
    var storages = versions.valueStream().filter(v -> v.path("storage").asBoolean()).count();
    if (storages != 1) {
      errors.invalid(
          "spec.versions", versions, "must have exactly one version marked as storage version");
    }
    var index = 0;
    for (var version : versions) {
      if (!version.path("schema").path("openAPIV3Schema").isObject()) {
        errors.required("spec.versions[%d].schema.openAPIV3Schema".formatted(index), "");
      }
      index++;
    }
  }

  @Override
  public void validateUpdate(ObjectNode object, ObjectNode old, Errors errors) {
    for (var field : List.of("group", "scope")) {
      errors.unchanged(
          "spec." + field, object.path("spec").path(field), old.path("spec").path(field));
    }
    for (var field : List.of("plural", "kind")) {
      errors.unchanged(
          "spec.names." + field,
          object.path("spec").path("names").path(field),
          old.path("spec").path("names").path(field));
    }
  }
}
