// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One version of a kind that a CustomResourceDefinition defines.
final class CustomType implements TypeSchema {
  private final Schema schema;
  private final Schema declared;
  private final JsonNode scale;
  private final boolean hasRules;
  private final Rules rules = new Rules();

  CustomType(ObjectNode definition, ObjectNode version, Schema.Types types) {
    var given = version.path("schema").path("openAPIV3Schema");
    var tree =
        given instanceof ObjectNode object
            ? object.deepCopy()
            : JsonNodeFactory.instance
                .objectNode()
                .put("type", "object")
                .put("x-kubernetes-preserve-unknown-fields", true);
    if (definition.path("spec").path("preserveUnknownFields").asBoolean()) {
      tree.put("x-kubernetes-preserve-unknown-fields", true);
    }
    declared = new Schema(tree.deepCopy(), types);
    graft(tree);
    embed(tree);
    schema = new Schema(tree, types);
    scale = version.path("subresources").path("scale");
    hasRules = Rules.in(tree);
  }

  /// Gives a whole object the fields every object has.
  private static void graft(ObjectNode tree) {
    var properties = tree.withObjectProperty("properties");
    properties.putObject("apiVersion").put("type", "string");
    properties.putObject("kind").put("type", "string");
    properties.putObject("metadata").put("ref", "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
  }

  private static void embed(ObjectNode tree) {
    for (var child : tree) {
      if (child instanceof ObjectNode object) {
        if (object.path("x-kubernetes-embedded-resource").isBoolean()
            && object.path("x-kubernetes-embedded-resource").asBoolean()) {
          graft(object);
        }
        embed(object);
      }
    }
  }

  @Override
  public Schema schema() {
    return schema;
  }

  @Override
  public @Nullable String malformed(ObjectNode object) {
    // Of a custom resource, only the metadata is decoded into Go structs.
    return object.get("metadata") instanceof ObjectNode metadata
        ? GoTypes.mismatch(metadata, Schemas.builtIn().objectMeta(), "ObjectMeta")
        : null;
  }

  @Override
  public List<String> prune(ObjectNode object) {
    return Pruning.prune(object, schema);
  }

  @Override
  public void applyDefaults(ObjectNode object) {
    Defaulting.apply(object, schema);
  }

  @Override
  public List<FieldError> validate(ObjectNode object, @Nullable ObjectNode old) {
    var errors = new ArrayList<>(Validation.check(object, old, declared));
    checkReplicas(object, "specReplicasPath", errors);
    checkReplicas(object, "statusReplicasPath", errors);
    if (!hasRules) {
      return errors;
    }
    if (errors.stream().anyMatch(error -> error.type().blocksRules())) {
      errors.add(Rules.UNCHECKED);
    } else {
      errors.addAll(rules.check(object, old, schema));
    }
    return errors;
  }

  /// The numbers that the subresource `scale` shows.
  private void checkReplicas(ObjectNode object, String which, List<FieldError> errors) {
    var path = scale.path(which).asText();
    if (path.isEmpty()) {
      return;
    }
    var value = object.at(path.replace('.', '/'));
    if (value.isMissingNode()) {
      return;
    }
    if (!value.isIntegralNumber()) {
      var type = value.isTextual() ? "string" : value.isNumber() ? "float64" : "bool";
      errors.add(
          FieldError.invalid(
              path,
              IntNode.valueOf(0),
              "%s accessor error: %s is of the type %s, expected int64"
                  .formatted(path, value.asText(), type)));
    } else if (value.longValue() < 0) {
      errors.add(FieldError.invalid(path, value, "should be a non-negative integer"));
    } else if (value.longValue() > Integer.MAX_VALUE) {
      errors.add(
          FieldError.invalid(path, value, "should be less than or equal to " + Integer.MAX_VALUE));
    }
  }
}
