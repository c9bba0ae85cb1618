// SPDX-License-Identifier: Apache-2.0
package dev.howdah.instance.declared;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.instance.outside.OutsideServers;
import dev.howdah.kube.Json;
import dev.howdah.kube.Resource;
import dev.howdah.postgres.objects.Subscription;
import dev.howdah.postgres.sql.PgServer;

/// `Subscription`: what a database takes from a publication elsewhere.
final class SubscriptionKind implements DeclaredKind {
  private final PgServer server;
  private final int major;
  private final OutsideServers servers;

  SubscriptionKind(PgServer server, int major, OutsideServers servers) {
    this.server = server;
    this.major = major;
    this.servers = servers;
  }

  @Override
  public Resource resource() {
    return Resource.SUBSCRIPTIONS;
  }

  @Override
  public String finalizer() {
    return "cnpg.io/deleteSubscription";
  }

  @Override
  public String reclaimField() {
    return "subscriptionReclaimPolicy";
  }

  @Override
  public String subject(JsonNode spec) {
    return spec.path("dbname").asText("") + "/" + spec.path("name").asText("");
  }

  @Override
  public String hindrance(JsonNode spec, JsonNode cluster) {
    String source = spec.path("externalClusterName").asText("");
    return OutsideServers.entry(cluster, source).isMissingNode()
        ? "spec.externalClusters of the Cluster has no \"%s\"; add it there".formatted(source)
        : "";
  }

  @Override
  public ObjectNode apply(ObjectNode object, JsonNode cluster) {
    JsonNode spec = object.path("spec");
    var source =
        servers.connection(
            OutsideServers.entry(cluster, spec.path("externalClusterName").asText("")),
            spec.path("publicationDBName").asText(""));
    Subscription.fromJson(spec).reconcile(server, source, major);
    return Json.object().put("applied", true).put("message", "");
  }

  @Override
  public void drop(JsonNode spec) {
    Subscription.fromJson(spec).drop(server);
  }
}
