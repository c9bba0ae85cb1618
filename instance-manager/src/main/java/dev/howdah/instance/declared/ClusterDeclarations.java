// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.postgres.config.ClusterSettings.TablespaceSettings;
import dev.howdah.postgres.objects.ManagedRoles;
import dev.howdah.postgres.objects.RoleSpec;
import dev.howdah.postgres.objects.Tablespaces;
import dev.howdah.postgres.sql.PgServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What the Cluster itself declares: `managed.roles` and `tablespaces`, and their status.
final class ClusterDeclarations {
  private final ManagedRoles roles;
  private final Tablespaces tablespaces;
  private final RolePasswords passwords;

  ClusterDeclarations(PgServer server, int major, RolePasswords passwords) {
    this.roles = new ManagedRoles(server, major);
    this.tablespaces = new Tablespaces(server);
    this.passwords = passwords;
  }

  /// Brings both into shape.
  ///
  /// @param location where a tablespace goes; null while its volumes are not ready
  /// @return the fields of the Cluster's status that say how it went
  ObjectNode apply(
      JsonNode cluster,
      List<TablespaceSettings> spaces,
      Function<String, @Nullable Path> location) {
    ObjectNode status = Json.object();
    JsonNode declared = cluster.path("spec").path("managed").path("roles");
    if (!declared.isEmpty()) {
      status.set("managedRolesStatus", roles(cluster, declared));
    } else if (cluster.path("status").has("managedRolesStatus")) {
      status.putNull("managedRolesStatus");
    }
    if (!spaces.isEmpty()) {
      ArrayNode list = status.putArray("tablespacesStatus");
      for (var result : tablespaces.reconcile(spaces, location)) {
        ObjectNode entry = list.addObject().put("name", result.name());
        entry.put("owner", result.owner());
        entry.put("state", result.reconciled() ? "reconciled" : "pending");
        if (!result.error().isEmpty()) {
          entry.put("error", result.error());
        }
      }
    }
    return status;
  }

  private ObjectNode roles(JsonNode cluster, JsonNode declared) {
    var specs = new ArrayList<RoleSpec>();
    declared.forEach(role -> specs.add(RoleSpec.fromJson(role)));
    Map<String, ManagedRoles.Password> given = new HashMap<>();
    specs.forEach(role -> given.put(role.name(), passwords.of(role)));
    var result = roles.reconcile(specs, given, known(cluster));

    ObjectNode status = Json.object();
    ObjectNode byStatus = status.putObject("byStatus");
    put(byStatus, "reconciled", result.reconciled());
    put(byStatus, "pending-reconciliation", result.pending());
    put(byStatus, "reserved", result.reserved());
    put(byStatus, "not-managed", result.notManaged());
    ObjectNode errors = status.putObject("cannotReconcile");
    result.errors().forEach((role, messages) -> put(errors, role, messages));
    ObjectNode states = status.putObject("passwordStatus");
    result
        .passwords()
        .forEach((role, state) ->
            states
                .putObject(role)
                .put("transactionID", state.transaction())
                .put("resourceVersion", state.version()));
    return status;
  }

  private static Map<String, ManagedRoles.PasswordState> known(JsonNode cluster) {
    var known = new HashMap<String, ManagedRoles.PasswordState>();
    cluster
        .path("status")
        .path("managedRolesStatus")
        .path("passwordStatus")
        .properties()
        .forEach(entry ->
            known.put(
                entry.getKey(),
                new ManagedRoles.PasswordState(
                    entry.getValue().path("transactionID").asLong(0),
                    entry.getValue().path("resourceVersion").asText(""))));
    return known;
  }

  private static void put(ObjectNode object, String field, List<String> names) {
    if (!names.isEmpty()) {
      ArrayNode list = object.putArray(field);
      names.stream().sorted().forEach(list::add);
    }
  }
}
