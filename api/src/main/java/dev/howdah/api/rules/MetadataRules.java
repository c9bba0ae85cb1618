// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.rules;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.howdah.api.finding.Findings;
import dev.howdah.api.finding.Place;
import dev.howdah.api.names.Annotations;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Rules of a Cluster's name and annotations.
final class MetadataRules {
  static final int LONGEST_NAME = 50;
  private static final Pattern DNS_LABEL = Pattern.compile("[a-z]([-a-z0-9]*[a-z0-9])?");
  private static final Set<String> PATCH_OPERATIONS =
      Set.of("add", "remove", "replace", "move", "copy", "test");
  private static final ObjectMapper JSON = new ObjectMapper();

  private MetadataRules() {}

  static void check(Place cluster, Findings findings) {
    name(cluster.at("metadata", "name"), findings);
    Place annotations = cluster.at("metadata", "annotations");
    Place hibernation = annotations.entry(Annotations.HIBERNATION);
    if (hibernation.present() && !Set.of("on", "off").contains(hibernation.text())) {
      findings.notSupported(hibernation, "neither on nor off", "write on or off");
    }
    podPatch(annotations.entry(Annotations.POD_PATCH), findings);
    pinger(annotations.entry(Annotations.LIVENESS_PINGER), findings);
    failoverQuorum(cluster, annotations.entry(Annotations.FAILOVER_QUORUM), findings);
    fencing(annotations.entry(Annotations.FENCED_INSTANCES), findings);
    Place major = annotations.entry(Annotations.POSTGRES_MAJOR);
    if (major.present() && !major.text().matches("[1-9][0-9]")) {
      findings.invalid(major, "not a PostgreSQL major", "write a number such as \"17\"");
    }
  }

  private static void name(Place name, Findings findings) {
    String text = name.text();
    if (text.isEmpty()) {
      return; // generateName, or the API server's to refuse
    }
    if (text.length() > LONGEST_NAME) {
      findings.invalid(
          name,
          "longer than 50 characters; names of pods, volumes and Services are made from it",
          "shorten it");
    }
    if (!DNS_LABEL.matcher(text).matches()) {
      findings.invalid(
          name,
          "not a name for Services, which are named after it",
          "write lower-case letters, digits and '-', beginning with a letter and not ending with"
              + " '-'");
    }
  }

  private static void podPatch(Place patch, Findings findings) {
    if (!patch.present()) {
      return;
    }
    Optional<JsonNode> operations = parse(patch.text());
    if (operations.isEmpty() || !operations.get().isArray()) {
      findings.invalid(
          patch,
          "not a JSON patch",
          "write a list of operations, as [{\"op\": \"add\", \"path\": \"/spec/…\", \"value\": …}]");
      return;
    }
    for (JsonNode operation : operations.get()) {
      String op = operation.path("op").asText("");
      String path = operation.path("path").asText("?");
      boolean from = op.equals("move") || op.equals("copy");
      boolean value = op.equals("add") || op.equals("replace") || op.equals("test");
      if (!PATCH_OPERATIONS.contains(op)
          || !(path.isEmpty() || path.startsWith("/"))
          || (from && !operation.has("from"))
          || (value && !operation.has("value"))) {
        findings.invalid(
            patch,
            "not an operation of a JSON patch: " + operation,
            "give each op, path and, for add, replace and test, value");
      }
    }
  }

  private static void pinger(Place pinger, Findings findings) {
    if (!pinger.present()) {
      return;
    }
    Optional<JsonNode> read = parse(pinger.text());
    if (read.isEmpty() || !read.get().path("enabled").isBoolean()) {
      findings.invalid(
          pinger,
          "not a description of the isolation check",
          "write {\"enabled\": true}, or better spec.probes.liveness.isolationCheck");
    }
  }

  private static void failoverQuorum(Place cluster, Place quorum, Findings findings) {
    if (!quorum.present()) {
      return;
    }
    Optional<Boolean> wanted = GoText.parseBoolean(quorum.text());
    if (wanted.isEmpty()) {
      findings.invalid(
          quorum,
          "neither true nor false",
          "write true or false, or better spec.postgresql.synchronous.failoverQuorum");
    } else if (wanted.get() && !cluster.at("spec", "postgresql", "synchronous").present()) {
      findings.required(
          cluster.at("spec", "postgresql", "synchronous"),
          "missing while the annotation " + Annotations.FAILOVER_QUORUM + " is true",
          "describe synchronous replication, or remove the annotation");
    }
  }

  private static void fencing(Place fenced, Findings findings) {
    if (fenced.filled()) {
      Optional<JsonNode> names = parse(fenced.text());
      boolean list = names.isPresent() && names.get().isArray();
      if (list) {
        for (JsonNode name : names.get()) {
          list &= name.isTextual();
        }
      }
      if (!list) {
        findings.invalid(
            fenced, "not a list of instances", "write [\"pg-1\"] for one, or [\"*\"] for all");
      }
    }
  }

  private static Optional<JsonNode> parse(String text) {
    try {
      return Optional.ofNullable(JSON.readTree(text));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }
}
