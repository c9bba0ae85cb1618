// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Rules of a Cluster that follows another one.
final class ReplicaRules {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> TOKEN_FIELDS =
      List.of(
          "latestCheckpointTimelineID",
          "redoWalFile",
          "databaseSystemIdentifier",
          "latestCheckpointREDOLocation",
          "timeOfLatestCheckpoint",
          "operatorVersion");

  private ReplicaRules() {}

  static void check(Place cluster, Findings findings) {
    Place spec = cluster.at("spec");
    Place replica = spec.at("replica");
    if (!replica.present()) {
      return;
    }
    if (replica.at("enabled").present() && replica.at("primary").filled()) {
      findings.forbidden(
          replica.at("enabled"),
          "enabled and primary exclude each other: enabled is for a replica cluster that stands"
              + " alone, primary for a topology",
          "keep one of them");
    }
    boolean following = Replica.isReplica(cluster.node());
    if (following) {
      bootstrap(cluster, findings);
    }
    ExternalClusterRules.mustExist(spec, replica.at("source"), findings);
    for (String field : List.of("self", "primary")) {
      if (replica.at(field).filled()) {
        ExternalClusterRules.mustExist(spec, replica.at(field), findings);
      }
    }
    delay(replica, findings);
    if (replica.at("promotionToken").filled()) {
      token(replica.at("promotionToken"), following, findings);
    }
  }

  private static void bootstrap(Place cluster, Findings findings) {
    Place bootstrap = cluster.at("spec", "bootstrap");
    boolean isNew = !cluster.at("metadata", "resourceVersion").filled();
    boolean copies = bootstrap.at("pg_basebackup").present() || bootstrap.at("recovery").present();
    if (isNew && !copies) {
      findings.required(
          bootstrap,
          "a cluster that follows another one begins as its copy",
          "add bootstrap.pg_basebackup or bootstrap.recovery");
    }
  }

  private static void delay(Place replica, Findings findings) {
    Place delay = replica.at("minApplyDelay");
    if (!delay.present()) {
      return;
    }
    if (replica.at("promotionToken").filled()) {
      findings.forbidden(
          delay,
          "promotionToken and minApplyDelay exclude each other: a promotion replays everything at"
              + " once",
          "remove one of the two");
    }
    TimingRules.duration(delay, findings);
  }

  private static void token(Place token, boolean following, Findings findings) {
    Place hidden = token.concealed();
    if (following) {
      findings.forbidden(
          hidden,
          "this cluster stays a replica",
          "set replica.enabled: false or replica.primary to its own name to promote it");
    }
    Optional<JsonNode> decoded = decode(token.text());
    if (decoded.isEmpty()) {
      findings.invalid(
          hidden, "no promotion token", "copy status.demotionToken of the demoted cluster");
      return;
    }
    List<String> missing =
        TOKEN_FIELDS.stream()
            .filter(field -> decoded.get().path(field).asText("").isEmpty())
            .toList();
    if (!missing.isEmpty()) {
      findings.invalid(
          hidden,
          "the token lacks " + String.join(", ", missing),
          "copy status.demotionToken of the demoted cluster again");
    }
  }

  private static Optional<JsonNode> decode(String token) {
    try {
      JsonNode tree = JSON.readTree(Base64.getDecoder().decode(token));
      return tree != null && tree.isObject() ? Optional.of(tree) : Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
