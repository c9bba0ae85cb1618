// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.failure.ApiException;
import dev.howdah.apiserver.json.Json;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.store.GroupResource;
import java.util.List;
import java.util.Set;

/// Namespaces: kept until all they hold is gone.
final class NamespaceStrategy implements Strategy {
  private static final Set<String> PERMANENT = Set.of("default", "kube-system", "kube-public");

  @Override
  public void validateName(String name, Errors errors) {
    Names.label("metadata.name", name, errors);
  }

  @Override
  public void prepareForCreate(ObjectNode object, boolean dryRun) {
    object
        .withObjectProperty("metadata")
        .withObjectProperty("labels")
        .put("kubernetes.io/metadata.name", Meta.name(object));
    object.putObject("spec").set("finalizers", Json.texts(List.of("kubernetes")));
    object.putObject("status").put("phase", "Active");
  }

  @Override
  public void prepareForUpdate(ObjectNode object, ObjectNode old, boolean dryRun) {
    object.set("spec", old.path("spec").deepCopy());
    object
        .withObjectProperty("metadata")
        .withObjectProperty("labels")
        .put("kubernetes.io/metadata.name", Meta.name(object));
  }

  @Override
  public void checkDelete(ObjectNode object) {
    if (PERMANENT.contains(Meta.name(object))) {
      throw ApiException.forbidden(
          new GroupResource("", "namespaces"),
          Meta.name(object),
          "this namespace may not be deleted");
    }
  }

  @Override
  public void prepareForDelete(ObjectNode object) {
    object.withObjectProperty("status").put("phase", "Terminating");
  }
}
