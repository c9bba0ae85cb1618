// SPDX-License-Identifier: Apache-2.0
package dev.howdah.e2e.kubernetes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Faults of nodes and of the API server, by the tool `../shared/kube/kube`, whose nodes are
/// `node-1`, `node-2`, …
public final class Faults {
  private static final Path TOOL =
      Path.of(System.getProperty("howdah.e2e.kube", "../../shared/kube/kube"));
  private static final Duration DEADLINE = Duration.ofSeconds(90);

  private Faults() {}

  /// Whether faults can be made here.
  public static boolean available() {
    return Files.isExecutable(TOOL);
  }

  /// A node loses power.
  public static void crash(String node) throws IOException, InterruptedException {
    run("crash", number(node));
  }

  /// A node boots again.
  public static void restart(String node) throws IOException, InterruptedException {
    run("restart", number(node));
  }

  /// A node loses its network.
  public static void cut(String node) throws IOException, InterruptedException {
    run("cut", number(node));
  }

  /// A node and its pods lose the API server; clients still reach them.
  public static void cutApi(String node) throws IOException, InterruptedException {
    run("cut-api", number(node));
  }

  /// Ends both cuts.
  public static void heal(String node) throws IOException, InterruptedException {
    run("heal", number(node));
  }

  /// The API server dies, comes back, hangs, goes on.
  public static void api(String what) throws IOException, InterruptedException {
    run("api", what);
  }

  /// Makes the volumes whose claims are gone usable again.
  public static void recycle() throws IOException, InterruptedException {
    if (available()) {
      run("recycle");
    }
  }

  /// Runs a program in the network of a node.
  static Programs.Ended on(String node, String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(TOOL.toString(), "exec", number(node)));
    command.addAll(List.of(words));
    return Programs.run(Duration.ofSeconds(10), "", command);
  }

  private static String number(String node) {
    return node.substring(node.lastIndexOf('-') + 1);
  }

  private static void run(String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(TOOL.toString()));
    command.addAll(List.of(words));
    var ended = Programs.run(DEADLINE, "", command);
    if (ended.exit() != 0) {
      throw new IOException("kube %s: %s".formatted(List.of(words), ended.said()));
    }
  }
}
