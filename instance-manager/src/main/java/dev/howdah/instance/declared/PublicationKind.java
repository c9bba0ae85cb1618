// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.objects.Publication;
import dev.howdah.postgres.sql.PgServer;

/// `Publication`: what others may subscribe to.
final class PublicationKind implements DeclaredKind {
  private final PgServer server;

  PublicationKind(PgServer server) {
    this.server = server;
  }

  @Override
  public Resource resource() {
    return Resource.PUBLICATIONS;
  }

  @Override
  public String finalizer() {
    return "cnpg.io/deletePublication";
  }

  @Override
  public String reclaimField() {
    return "publicationReclaimPolicy";
  }

  @Override
  public String subject(JsonNode spec) {
    return spec.path("dbname").asText("") + "/" + spec.path("name").asText("");
  }

  @Override
  public ObjectNode apply(ObjectNode object, JsonNode cluster) {
    Publication.fromJson(object.path("spec")).reconcile(server);
    return Json.object().put("applied", true).put("message", "");
  }

  @Override
  public void drop(JsonNode spec) {
    Publication.fromJson(spec).drop(server);
  }
}
