// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.objects.DatabaseSpec;
import dev.howdah.postgres.objects.DeclaredDatabases;
import dev.howdah.postgres.sql.PgServer;
import java.util.List;

/// `Database`: a database and what is in it.
final class DatabaseKind implements DeclaredKind {
  private final DeclaredDatabases databases;

  DatabaseKind(PgServer server) {
    this.databases = new DeclaredDatabases(server);
  }

  @Override
  public Resource resource() {
    return Resource.DATABASES;
  }

  @Override
  public String finalizer() {
    return "cnpg.io/deleteDatabase";
  }

  @Override
  public String reclaimField() {
    return "databaseReclaimPolicy";
  }

  @Override
  public String subject(JsonNode spec) {
    return spec.path("name").asText("");
  }

  @Override
  public ObjectNode apply(ObjectNode object, JsonNode cluster) {
    var result = databases.reconcile(DatabaseSpec.fromJson(object.path("spec")));
    ObjectNode status = Json.object();
    status.put("applied", result.applied()).put("message", result.message());
    put(status, "schemas", result.schemas());
    put(status, "extensions", result.extensions());
    put(status, "fdws", result.wrappers());
    put(status, "servers", result.servers());
    return status;
  }

  private static void put(
      ObjectNode status, String field, List<DeclaredDatabases.ObjectResult> results) {
    var list = status.putArray(field);
    for (var result : results) {
      ObjectNode entry = list.addObject().put("name", result.name());
      entry.put("applied", result.applied());
      if (!result.message().isEmpty()) {
        entry.put("message", result.message());
      }
    }
  }

  @Override
  public void drop(JsonNode spec) {
    databases.drop(subject(spec));
  }
}
