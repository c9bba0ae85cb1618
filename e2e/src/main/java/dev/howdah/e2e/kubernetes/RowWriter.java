// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// A client in a pod that inserts numbered rows through the service for writes, with
/// `sslmode=verify-full` and a new connection for each row, and goes on at once when one fails. A
/// number whose insert failed is never tried again: its outcome is unknown.
///
/// A client that connects to a machine without power waits for up to two seconds until it tries
/// again. Several clients, of which each takes every n-th number, see more exactly when service is
/// back.
public final class RowWriter {
  private static final String SCRIPT =
      """
      until psql -qAtc 'create table if not exists rows (n bigint primary key)' >/dev/null 2>&1; do sleep 0.2; done
      write() {
        n=$1
        while true; do
          if out=$(timeout $LIMIT psql -qAtc "insert into rows values ($n)" 2>&1); then
            echo "$n $EPOCHREALTIME"
          else
            echo "failed $n $EPOCHREALTIME ${out//$'\\n'/ }"
            sleep 0.02
          fi
          n=$((n + CLIENTS))
          sleep $PAUSE
        done
      }
      for client in $(seq 2 $CLIENTS); do write $client & done
      write 1
      """;

  private static final Duration LOGS = Duration.ofSeconds(60);

  private final Database database;
  private final String pod;

  private RowWriter(Database database, String pod) {
    this.database = database;
    this.pod = pod;
  }

  /// What the client saw between two moments.
  ///
  /// @param acknowledged numbers of the rows
  /// @param longestGap between two acknowledged rows
  public record Seen(Set<Long> acknowledged, Duration longestGap, List<String> failures) {}

  /// Starts the client on this node (empty: on any), and waits for its first row.
  public static RowWriter start(Database database, String image, String node) throws Exception {
    return start(database, image, node, 1);
  }

  /// The same with so many clients in the pod.
  public static RowWriter start(Database database, String image, String node, int clients)
      throws Exception {
    String pod = "writer-of-" + database.name();
    database.scene().apply(manifest(database, pod, image, node, clients));
    var writer = new RowWriter(database, pod);
    Programs.await(
        "first row", Duration.ofSeconds(180), () -> !writer.seen().acknowledged().isEmpty());
    return writer;
  }

  private static String manifest(
      Database database, String pod, String image, String node, int clients) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: {name: %1$s}
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 1
      automountServiceAccountToken: false
      tolerations: [{operator: Exists}]
      %5$s
      securityContext: {runAsNonRoot: true, runAsUser: 26, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: writer
          image: %3$s
          imagePullPolicy: IfNotPresent
          securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
          env:
            - {name: PGHOST, value: %2$s-rw}
            - {name: PGDATABASE, value: app}
            - {name: PGUSER, valueFrom: {secretKeyRef: {name: %2$s-app, key: username}}}
            - {name: PGPASSWORD, valueFrom: {secretKeyRef: {name: %2$s-app, key: password}}}
            - {name: PGSSLMODE, value: verify-full}
            - {name: PGSSLROOTCERT, value: /ca/ca.crt}
            - {name: PGCONNECT_TIMEOUT, value: "2"}
            - {name: CLIENTS, value: "%6$d"}
            - {name: PAUSE, value: "%7$s"}
            - {name: LIMIT, value: "%8$s"}
          command: [bash, -c]
          args:
            - |
    %4$s
          volumeMounts: [{name: ca, mountPath: /ca}]
      volumes:
        - name: ca
          secret: {secretName: %2$s-ca, items: [{key: ca.crt, path: ca.crt}]}
    """
        .formatted(
            pod,
            database.name(),
            image,
            SCRIPT.indent(10).stripTrailing(),
            node.isEmpty() ? "" : "nodeName: " + node,
            clients,
            clients == 1 ? "0" : "0.1",
            clients == 1 ? "5" : "1.5");
  }

  /// All that the client saw until now.
  public Seen seen() throws IOException, InterruptedException {
    return seen(0);
  }

  /// What the client saw of the rows after this number.
  public Seen seen(long after) throws IOException, InterruptedException {
    var ended =
        database
            .scene()
            .attempt("", LOGS, "-n", database.scene().namespace(), "logs", pod, "--tail=-1");
    if (ended.exit() != 0) {
      throw new IOException(ended.said());
    }
    String log = ended.output();
    var acknowledged = new HashSet<Long>();
    double longest = 0;
    double before = 0;
    for (String line :
        log.lines().filter(l -> !l.isEmpty() && Character.isDigit(l.charAt(0))).toList()) {
      String[] words = line.split(" ");
      long number = Long.parseLong(words[0]);
      double at = Double.parseDouble(words[1]);
      if (before > 0 && number > after) {
        longest = Math.max(longest, at - before);
      }
      before = at;
      acknowledged.add(number);
    }
    List<String> failures = log.lines().filter(l -> l.startsWith("failed")).toList();
    return new Seen(acknowledged, Duration.ofMillis((long) (longest * 1000)), failures);
  }

  /// The last acknowledged number.
  public long last() throws IOException, InterruptedException {
    return seen().acknowledged().stream().mapToLong(Long::longValue).max().orElse(0);
  }

  /// Waits until another row is acknowledged than those until now.
  public void awaitProgress(Duration deadline) throws Exception {
    long last = Programs.ask("the last row", deadline, this::last);
    Programs.await("a row after " + last, deadline, () -> last() > last);
  }

  /// Numbers that were acknowledged and are not in the table.
  public Set<Long> lost() throws IOException, InterruptedException {
    Set<Long> lost = new HashSet<>(seen().acknowledged());
    lost.removeAll(
        Arrays.stream(database.sql(database.primary(), "select n from rows").split("\n"))
            .filter(n -> !n.isEmpty())
            .map(Long::valueOf)
            .collect(Collectors.toSet()));
    return lost;
  }

  /// Ends the client.
  public void stop() throws IOException, InterruptedException {
    database.scene().inNamespace("delete", "pod", pod, "--wait=false");
  }
}
