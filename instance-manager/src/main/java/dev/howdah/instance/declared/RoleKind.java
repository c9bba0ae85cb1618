// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.objects.ManagedRoles;
import dev.howdah.postgres.objects.RoleSpec;
import dev.howdah.postgres.sql.PgServer;
import dev.howdah.postgres.sql.Quote;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// `DatabaseRole`: a role.
final class RoleKind implements DeclaredKind {
  private final PgServer server;
  private final ManagedRoles roles;
  private final RolePasswords passwords;
  private final Map<String, ManagedRoles.PasswordState> known = new HashMap<>();

  RoleKind(PgServer server, int major, RolePasswords passwords) {
    this.server = server;
    this.roles = new ManagedRoles(server, major);
    this.passwords = passwords;
  }

  @Override
  public Resource resource() {
    return Resource.DATABASE_ROLES;
  }

  @Override
  public String finalizer() {
    return "cnpg.io/deleteRole";
  }

  @Override
  public String reclaimField() {
    return "databaseRoleReclaimPolicy";
  }

  @Override
  public String subject(JsonNode spec) {
    return spec.path("name").asText("");
  }

  @Override
  public String hindrance(JsonNode spec, JsonNode cluster) {
    for (JsonNode inline : cluster.path("spec").path("managed").path("roles")) {
      if (inline.path("name").asText("").equals(subject(spec))) {
        return "database role is already managed by the CNPG cluster";
      }
    }
    return RoleSpec.isReserved(subject(spec)) ? "the name of this role is reserved" : "";
  }

  @Override
  public boolean stale(ObjectNode object) {
    RoleSpec role = RoleSpec.fromJson(object.path("spec"));
    return passwords.of(role) instanceof ManagedRoles.Password.Given given
        && !given.version().equals(object.path("status").path("secretResourceVersion").asText(""));
  }

  @Override
  public ObjectNode apply(ObjectNode object, JsonNode cluster) {
    RoleSpec role = RoleSpec.fromJson(object.path("spec"));
    ManagedRoles.Password password = passwords.of(role);
    var result = roles.reconcile(List.of(role), Map.of(role.name(), password), Map.copyOf(known));
    known.putAll(result.passwords());
    List<String> errors = result.errors().getOrDefault(role.name(), List.of());
    ObjectNode status = Json.object();
    status.put("applied", errors.isEmpty()).put("message", String.join("; ", errors));
    if (errors.isEmpty() && password instanceof ManagedRoles.Password.Given given) {
      status.put("secretResourceVersion", given.version());
    }
    return status;
  }

  @Override
  public void drop(JsonNode spec) {
    server.query("drop role if exists " + Quote.identifier(subject(spec)));
    known.remove(subject(spec));
  }
}
