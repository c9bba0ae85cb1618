// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.cluster.Bootstrap;
import dev.howdah.api.cluster.StorageConfiguration;
import dev.howdah.api.cluster.TablespaceConfiguration;
import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import dev.howdah.api.names.ObjectNames;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.operator.tree.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The volume claims of an instance: data, WAL, tablespaces.
public final class InstanceStorage {
  private InstanceStorage() {}

  /// One claim that an instance shall have.
  ///
  /// @param role `PG_DATA`, `PG_WAL` or `PG_TABLESPACE`
  /// @param tablespace empty for the others
  public record Claim(
      String name, String role, String tablespace, StorageConfiguration configuration) {

    /// The size that is asked for, empty when the template doesn't say either.
    public String size() {
      if (configuration.size() != null && !configuration.size().isEmpty()) {
        return configuration.size();
      }
      JsonNode template = Tree.of(configuration.pvcTemplate());
      return template == null
          ? ""
          : template.path("resources").path("requests").path("storage").asText("");
    }
  }

  /// All claims of an instance, that of the data first.
  public static List<Claim> claims(Blueprint blueprint, String instance) {
    var spec = blueprint.spec();
    var claims = new ArrayList<Claim>();
    StorageConfiguration data =
        spec.storage() == null ? new StorageConfiguration(null, null, true, null) : spec.storage();
    claims.add(new Claim(instance, Labels.PG_DATA, "", data));
    if (spec.walStorage() != null) {
      claims.add(new Claim(ObjectNames.walVolume(instance), Labels.PG_WAL, "", spec.walStorage()));
    }
    for (TablespaceConfiguration tablespace : spec.tablespaces()) {
      claims.add(
          new Claim(
              ObjectNames.tablespaceVolume(instance, tablespace.name()),
              Labels.PG_TABLESPACE,
              tablespace.name(),
              tablespace.storage()));
    }
    return claims;
  }

  /// A claim as it is made.
  ///
  /// @param state `initializing` while a job fills it, else `ready`
  /// @param role of the instance, for its labels; empty: not known yet
  /// @param source what to fill it from, such as a snapshot; null: nothing
  public static ObjectNode desired(
      Blueprint blueprint,
      int serial,
      Claim claim,
      String state,
      String role,
      @Nullable JsonNode source) {
    String instance = ObjectNames.instance(blueprint.name(), serial);
    Map<String, String> labels = blueprint.appLabels();
    labels.put(Labels.INSTANCE_NAME, instance);
    labels.put(Labels.PVC_ROLE, claim.role());
    if (!claim.tablespace().isEmpty()) {
      labels.put(Labels.TABLESPACE_NAME, labelValue(claim.tablespace()));
    }
    if (!role.isEmpty()) {
      labels.putAll(InstancePod.roleLabels(role));
    }
    var annotations = new TreeMap<>(blueprint.annotations());
    annotations.put(Annotations.NODE_SERIAL, Integer.toString(serial));
    annotations.put(Annotations.PVC_STATUS, state);
    ObjectNode object =
        blueprint.object(Resource.PERSISTENT_VOLUME_CLAIMS, claim.name(), labels, annotations);
    object.set("spec", spec(claim, source));
    return object;
  }

  /// The name itself, where a label may hold it.
  private static String labelValue(String tablespace) {
    return tablespace.matches("[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")
        ? tablespace
        : ObjectNames.tablespaceVolumeSuffix(tablespace);
  }

  /// What the first instance's claim is filled from; null: nothing.
  public static @Nullable JsonNode source(Blueprint blueprint, Claim claim) {
    Bootstrap bootstrap = blueprint.spec().bootstrap();
    if (bootstrap == null
        || bootstrap.recovery() == null
        || bootstrap.recovery().volumeSnapshots() == null) {
      return null;
    }
    var snapshots = bootstrap.recovery().volumeSnapshots();
    return switch (claim.role()) {
      case Labels.PG_DATA -> Tree.of(snapshots.storage());
      case Labels.PG_WAL -> Tree.of(snapshots.walStorage());
      default -> Tree.of(snapshots.tablespaceStorage().get(claim.tablespace()));
    };
  }

  /// The VolumeSnapshot that the first instance's data comes from.
  static Optional<String> snapshotOfData(Blueprint blueprint) {
    Claim data = claims(blueprint, ObjectNames.instance(blueprint.name(), 1)).getFirst();
    return Optional.ofNullable(source(blueprint, data))
        .filter(source -> source.path("kind").asText("").equals("VolumeSnapshot"))
        .map(source -> source.path("name").asText(""));
  }

  private static ObjectNode spec(Claim claim, @Nullable JsonNode source) {
    StorageConfiguration configuration = claim.configuration();
    ObjectNode spec =
        Tree.of(configuration.pvcTemplate()) instanceof ObjectNode template
            ? template
            : Json.object();
    if (spec.path("accessModes").isEmpty()) {
      spec.set("accessModes", Tree.list("ReadWriteOnce"));
    }
    if (configuration.storageClass() != null) {
      spec.put("storageClassName", configuration.storageClass());
    }
    if (configuration.size() != null && !configuration.size().isEmpty()) {
      spec.withObject("/resources").withObject("/requests").put("storage", configuration.size());
    }
    if (source != null) {
      spec.set("dataSource", source);
    }
    return spec;
  }

  /// The volumes of a pod that come from the claims, and where they are mounted.
  static void mount(Blueprint blueprint, String instance, ArrayNode volumes, ArrayNode mounts) {
    for (Claim claim : claims(blueprint, instance)) {
      String volume =
          switch (claim.role()) {
            case Labels.PG_DATA -> "pgdata";
            case Labels.PG_WAL -> "pg-wal";
            default -> "tbs-" + ObjectNames.tablespaceVolumeSuffix(claim.tablespace());
          };
      volumes.add(
          Tree.map("name", volume, "persistentVolumeClaim", Tree.map("claimName", claim.name())));
      mounts.add(Tree.map("name", volume, "mountPath", path(claim)));
    }
  }

  private static String path(Claim claim) {
    return switch (claim.role()) {
      case Labels.PG_DATA -> "/var/lib/postgresql/data";
      case Labels.PG_WAL -> "/var/lib/postgresql/wal";
      default -> "/var/lib/postgresql/tablespaces/" + claim.tablespace();
    };
  }
}
