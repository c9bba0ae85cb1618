// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.operator.cluster.desired.InstanceRoles;
import dev.howdah.testing.GoldenFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/// Every permission with its reason, made from what grants it.
class PermissionsPageTest {
  private static final Path RULES = Path.of("src/main/resources/rbac/operator-clusterrole.yaml");
  private static final Path PAGE = Path.of("../docs/reference/permissions.md");
  private static final Pattern FIELD =
      Pattern.compile(" +(?:- )?(apiGroups|resources|verbs): \\[(.*)](?: +# (.*))?");

  /// Why an instance may do what its Role says. A permission without a reason fails the test.
  private static final Map<String, String> INSTANCE_REASONS =
      Map.ofEntries(
          Map.entry(
              "configmaps",
              "custom metrics queries that the Cluster refers to (not in e2e: the suite has none)"),
          Map.entry(
              "secrets", "certificates and passwords of this Cluster, read again to be renewed"),
          Map.entry("clusters", "what it shall be"),
          Map.entry("clusters/status", "the primary says that it is primary"),
          Map.entry("leases", "leadership: only its holder may write to PostgreSQL"),
          Map.entry(
              "failoverquorums/status",
              "the primary writes it (not in e2e: only with the quorum's annotation)"),
          Map.entry(
              "services",
              "a new primary leads -rw to itself, without the operator (used at times: patch: unless"
                  + " the operator sees the Lease first)"),
          Map.entry(
              "pods",
              "the primary labels itself, so that -rw follows without the operator (refused at"
                  + " times: get, patch: of an instance that was just removed)"),
          Map.entry("persistentvolumeclaims", "tells its volume from a copy of it"),
          Map.entry(
              "backups",
              "what it is asked to back up; retention deletes the expired (not in e2e: get, delete:"
                  + " the suite has no object store)"),
          Map.entry(
              "backups/status", "progress and outcome (not in e2e: the suite has no object store)"),
          Map.entry(
              "restores",
              "the moment that its data shall be taken back to (not in e2e: the suite has no object"
                  + " store)"),
          Map.entry(
              "restores/status",
              "the job says how that ended (not in e2e: the suite has no object store)"),
          Map.entry(
              "databaserestores",
              "databases that the primary shall bring back (not in e2e: get: the suite has no object"
                  + " store)"),
          Map.entry(
              "databaserestores/status",
              "progress and outcome (not in e2e: the suite has no object store)"),
          Map.entry(
              "objectstores",
              "where its WAL and backups go (not in e2e: the suite has no object store)"),
          Map.entry("events", "tells what happened (not in e2e: patch: the same again)"),
          Map.entry("databases", "databases that are declared"),
          Map.entry("databases/status", "whether they are as declared"),
          Map.entry(
              "publications",
              "publications that are declared (not in e2e: patch: the suite declares databases"
                  + " only)"),
          Map.entry(
              "publications/status",
              "whether they are as declared (not in e2e: the suite declares databases only)"),
          Map.entry(
              "subscriptions",
              "subscriptions that are declared (not in e2e: patch: the suite declares databases"
                  + " only)"),
          Map.entry(
              "subscriptions/status",
              "whether they are as declared (not in e2e: the suite declares databases only)"),
          Map.entry(
              "databaseroles",
              "roles that are declared (not in e2e: patch: the suite declares databases only)"),
          Map.entry(
              "databaseroles/status",
              "whether they are as declared (not in e2e: the suite declares databases only)"));

  private static final String HEAD =
      """
      # Permissions

      Made from the code: a test compares this page with what is granted, and `e2e/permissions` compares it with what the API server's
      audit log says was used in the end-to-end run. What that run doesn't reach is marked `not in e2e`, with the reason; what one run reaches
      and another doesn't, `used at times`.

      ## Operator

      A ClusterRole, or without what has no namespace (nodes, persistentvolumes, clusterimagecatalogs, webhook configurations) a Role in
      each of `watchNamespaces`; the chart's value `autoRecovery.listPersistentVolumes` adds a ClusterRole for persistentvolumes. It holds what the instances' Roles grant too, since Kubernetes lets nobody grant what he hasn't got.

      | API group | Resources | Verbs | Reason |
      |---|---|---|---|
      """;

  private static final String INSTANCES =
      """

      ## Instances

      Each Cluster has a ServiceAccount and a Role of its own. Where objects are named, nothing else of that kind can be touched. The
      pods' token is projected, for this one ServiceAccount, and lasts an hour.

      | API group | Resource | Objects | Verbs | Reason |
      |---|---|---|---|---|
      """;

  @Test
  void theManualTellsEachPermissionAndItsReason() throws IOException {
    String wanted = HEAD + operator() + INSTANCES + instances();
    if (Boolean.getBoolean("golden.update")) {
      Files.writeString(PAGE, wanted);
    }

    assertThat(PAGE)
        .as("mvn -pl operator -am test -Dtest=PermissionsPageTest -Dgolden.update writes it anew")
        .content()
        .isEqualTo(wanted);
  }

  /// A reason stands after a rule's resources or verbs, or above the first of several rules.
  private static String operator() throws IOException {
    var page = new StringBuilder();
    String above = "";
    String own = "";
    String group = "";
    String resources = "";
    for (String line : Files.readString(RULES).split("\n---")[0].lines().toList()) {
      if (line.startsWith("  # ")) {
        above = line.strip().substring(2);
        continue;
      }
      Matcher field = FIELD.matcher(line);
      if (!field.matches()) {
        continue;
      }
      String value = field.group(2);
      own = field.group(3) == null ? own : Objects.requireNonNull(field.group(3));
      switch (field.group(1)) {
        case "apiGroups" -> {
          group = value.equals("\"\"") ? "core" : value;
          own = "";
        }
        case "resources" -> resources = value;
        default -> page.append(row(group, resources, value, own.isEmpty() ? above : own));
      }
    }
    return page.toString();
  }

  private static String instances() {
    var golden = new GoldenFiles("objects");
    var cluster = new SimulatedCluster(golden.read("customer/in-cluster.yaml"));
    JsonNode role =
        InstanceRoles.role(
            cluster.blueprint(), List.of("NAME-1", "NAME-2"), Set.of("those it uses"));
    var page = new StringBuilder();
    for (JsonNode rule : role.path("rules")) {
      String group = rule.path("apiGroups").path(0).asText();
      for (JsonNode resource : rule.path("resources")) {
        String reason = INSTANCE_REASONS.get(resource.asText());
        assertThat(reason).as("reason for %s", resource).isNotNull();
        page.append(
            row(
                group.isEmpty() ? "core" : group,
                resource.asText(),
                objects(rule, resource.asText()),
                texts(rule.path("verbs")),
                reason));
      }
    }
    return page.toString();
  }

  private static String objects(JsonNode rule, String resource) {
    if (!rule.has("resourceNames")) {
      return "all";
    }
    return switch (resource) {
      case "configmaps", "secrets" -> "those it uses, by name";
      case "pods", "persistentvolumeclaims" -> "the Cluster's instances, by name";
      default -> "the Cluster's, by name";
    };
  }

  private static String texts(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false)
        .map(JsonNode::asText)
        .collect(Collectors.joining(", "));
  }

  private static String row(String... cells) {
    return new ArrayList<>(List.of(cells))
        .stream().collect(Collectors.joining(" | ", "| ", " |\n"));
  }
}
