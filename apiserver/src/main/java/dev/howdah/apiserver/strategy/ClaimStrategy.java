// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Meta;
import dev.howdah.apiserver.schema.JsonValues;
import dev.howdah.apiserver.store.GroupResource;
import dev.howdah.apiserver.store.Key;
import dev.howdah.apiserver.store.Store;

/// PersistentVolumeClaims: they can grow, and no more.
final class ClaimStrategy implements Strategy {
  private static final GroupResource CLASSES =
      new GroupResource("storage.k8s.io", "storageclasses");
  private static final String DEFAULT = "storageclass.kubernetes.io/is-default-class";

  /// Keeps a claim while a pod uses it.
  private static final String PROTECTION = "kubernetes.io/pvc-protection";

  private final Store store;

  ClaimStrategy(Store store) {
    this.store = store;
  }

  @Override
  public boolean answersDeletionWithObject() {
    return true;
  }

  @Override
  public void defaults(ObjectNode object) {
    var spec = Fill.object(object, "spec");
    Fill.text(spec, "volumeMode", "Filesystem");
    Quantities.canonicalize(spec.path("resources").path("limits"));
    Quantities.canonicalize(spec.path("resources").path("requests"));
    Quantities.canonicalize(object.path("status").path("capacity"));
  }

  @Override
  public void prepareForCreate(ObjectNode object, boolean dryRun) {
    var spec = Fill.object(object, "spec");
    if (!spec.has("storageClassName")) {
      for (var stored : store.list(CLASSES, "").objects()) {
        if ("true".equals(Meta.map(stored.tree(), "annotations").get(DEFAULT))) {
          spec.put("storageClassName", stored.key().name());
          break;
        }
      }
    }
    var finalizers = Meta.finalizers(object);
    if (!finalizers.contains(PROTECTION)) {
      finalizers.add(PROTECTION);
      Meta.setFinalizers(object, finalizers);
    }
    object.putObject("status").put("phase", "Pending");
  }

  @Override
  public void validate(ObjectNode object, Errors errors) {
    var spec = object.path("spec");
    if (spec.path("accessModes").isEmpty()) {
      errors.required("spec.accessModes", "at least 1 access mode is required");
    }
    for (var mode : spec.path("accessModes")) {
      errors.oneOf(
          "spec.accessModes",
          mode,
          "ReadOnlyMany",
          "ReadWriteMany",
          "ReadWriteOnce",
          "ReadWriteOncePod");
    }
    var storage = spec.path("resources").path("requests").path("storage");
    var size = Quantities.parse(storage);
    if (storage.isMissingNode()) {
      errors.required("spec.resources[storage]", "");
    } else if (size == null || size.signum() <= 0) {
      errors.invalid("spec.resources[storage]", storage, "must be greater than zero");
    }
  }

  @Override
  public void validateUpdate(ObjectNode object, ObjectNode old, Errors errors) {
    var grows =
        !JsonValues.same(object.path("spec").path("resources"), old.path("spec").path("resources"));
    var bound = old.path("status").path("phase").asText().equals("Bound");
    if (!JsonValues.same(fixed(object, old), fixed(old, old)) || (grows && !bound)) {
      errors.forbidden(
          "spec",
          "spec is immutable after creation except resources.requests and"
              + " volumeAttributesClassName for bound claims");
    }
    var before =
        Quantities.parse(old.path("spec").path("resources").path("requests").path("storage"));
    var now =
        Quantities.parse(object.path("spec").path("resources").path("requests").path("storage"));
    if (!bound || before == null || now == null || before.compareTo(now) == 0) {
      return;
    }
    if (now.compareTo(before) < 0) {
      errors.forbidden(
          "spec.resources.requests.storage", "field can not be less than status.capacity");
    } else if (!growable(object)) {
      errors.forbidden(
          "spec.resources.requests.storage",
          "only dynamically provisioned pvc can be resized and the storageclass that provisions"
              + " the pvc must support resize");
    }
  }

  private boolean growable(ObjectNode object) {
    var name = object.path("spec").path("storageClassName").asText("");
    var known = store.get(CLASSES, new Key("", name));
    return known != null && known.tree().path("allowVolumeExpansion").asBoolean();
  }

  private static ObjectNode fixed(ObjectNode object, ObjectNode old) {
    var spec = Fill.existing(object, "spec").deepCopy();
    Fill.existing(spec.path("resources"), "requests").remove("storage");
    spec.remove("volumeAttributesClassName");
    if (!old.path("spec").hasNonNull("volumeName")) {
      spec.remove("volumeName");
    }
    if (!old.path("spec").hasNonNull("storageClassName")) {
      spec.remove("storageClassName");
    }
    return spec;
  }
}
