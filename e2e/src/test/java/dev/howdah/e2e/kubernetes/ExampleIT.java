// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import static dev.howdah.e2e.kubernetes.Programs.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The example manifest. Nothing in it is changed but the namespace, and what a small machine can't
/// have: the CPUs, and the class of its volumes where there is none of that name.
@EnabledIfSystemProperty(
    named = "howdah.e2e",
    matches = "kubernetes",
    disabledReason = "needs a Kubernetes: e2e/run brings one up")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ExampleIT {
  private static final String NAME = "customer-postgres";

  @RegisterExtension static final Stage STAGE = new Stage("example", NAME);

  private static String sql(String pod, String statement) throws Exception {
    return STAGE
        .scene()
        .inNamespace(
            "exec",
            pod,
            "-c",
            "postgres",
            "--",
            "psql",
            "-qAt",
            "-d",
            "customer_db",
            "-c",
            statement);
  }

  @Test
  @Order(10)
  void isHealthyAsItIsWritten() throws Exception {
    if (Faults.available()) {
      var offered = Programs.run(Stage.LONG, "", List.of("./fast-ssd"));
      assertThat(offered.exit()).as(offered.said()).isZero();
    }
    String manifest =
        Files.readString(Path.of("../examples/customer-postgres.yaml"))
            .replaceFirst("(?s)apiVersion: v1\nkind: Namespace.*?---\n", "")
            .replace("namespace: database", "namespace: " + STAGE.scene().namespace())
            .replace("cpu: \"4\"", "cpu: 100m");
    if (!Faults.available()) {
      manifest = manifest.replaceFirst(" +storageClass: fast-ssd\n", "").replace("3Ti", "3Gi");
    }
    Instant begin = Instant.now();
    STAGE.scene().apply(manifest);
    var database = STAGE.database();
    await(
        "three healthy instances",
        Stage.LONG,
        () ->
            database.object().at("/status/phase").asText().equals("Cluster in healthy state")
                && database.object().at("/status/readyInstances").asInt() == 3);
    Stage.say(
        "examples/customer-postgres.yaml: healthy after %.1f s".formatted(Stage.since(begin)));

    assertThat(database.pods().keySet().stream().map(database::nodeOf).collect(Collectors.toSet()))
        .as("its instances' nodes")
        .hasSize(3);
    assertThat(sql(database.primary(), "show shared_buffers")).isEqualTo("8GB");
    assertThat(sql(database.primary(), "show max_connections")).isEqualTo("500");
    assertThat(sql(database.primary(), "show wal_keep_size")).isEqualTo("4GB");
    assertThat(
            sql(
                database.primary(),
                "select pg_get_userbyid(datdba) from pg_database where datname = 'customer_db'"))
        .isEqualTo("postgres");
  }

  @Test
  @Order(20)
  void takesItsPasswordOverVerifiedTls() throws Exception {
    STAGE
        .scene()
        .apply(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: client}
            spec:
              restartPolicy: Never
              automountServiceAccountToken: false
              securityContext: {runAsNonRoot: true, runAsUser: 26, seccompProfile: {type: RuntimeDefault}}
              containers:
                - name: client
                  image: %1$s
                  imagePullPolicy: IfNotPresent
                  securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
                  env:
                    - {name: PGPASSWORD, valueFrom: {secretKeyRef: {name: customer-db-secret, key: password}}}
                  command: [psql, "host=%2$s-rw user=postgres dbname=customer_db sslmode=verify-full sslrootcert=/ca/ca.crt connect_timeout=5", -qAtc, "create table orders (n int primary key); insert into orders select generate_series(1, 100); select 'stored'"]
                  volumeMounts: [{name: ca, mountPath: /ca}]
              volumes:
                - name: ca
                  secret: {secretName: %2$s-ca, items: [{key: ca.crt, path: ca.crt}]}
            """
                .formatted(Stage.IMAGE, NAME));
    await(
        "the client is done",
        Stage.LONG,
        () ->
            STAGE
                .scene()
                .inNamespace("get", "pod", "client", "-o", "jsonpath={.status.phase}")
                .matches("Succeeded|Failed"));
    assertThat(STAGE.scene().inNamespace("logs", "client")).isEqualTo("stored");
  }

  @Test
  @Order(30)
  void keepsItsRowsWhenThePrimarysPodIsDeleted() throws Exception {
    var database = STAGE.database();
    String before = database.primary();
    await(
        "both standbys have the rows",
        Stage.LONG,
        () ->
            sql(
                    before,
                    "select count(*) from pg_stat_replication where replay_lsn ="
                        + " pg_current_wal_lsn()")
                .equals("2"));
    STAGE.scene().inNamespace("delete", "pod", before, "--wait=false");

    await("another primary", Stage.LONG, () -> !database.primary().equals(before));
    await(
        "three healthy instances",
        Stage.LONG,
        () ->
            database.object().at("/status/phase").asText().equals("Cluster in healthy state")
                && database.object().at("/status/readyInstances").asInt() == 3);
    // what the status says may be from before the operator has looked
    await(
        before + " is a standby",
        Stage.LONG,
        () -> sql(before, "select pg_is_in_recovery()").equals("t"));
    assertThat(sql(database.primary(), "select count(*) from orders")).isEqualTo("100");
  }
}
