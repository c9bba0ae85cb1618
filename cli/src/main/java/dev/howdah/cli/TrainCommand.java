// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.kube.KubeClient;
import dev.howdah.kube.Resource;
import dev.howdah.kube.Selection;
import dev.howdah.postgres.data.DurableFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Does what a start does, so that the build's ahead-of-time caches hold what it loads.
@Command(name = "train", hidden = true)
final class TrainCommand implements Callable<Integer> {
  private static final Duration LONG_ENOUGH = Duration.ofSeconds(6);

  /// Answers what is asked of a PostgreSQL while it is looked for; no server comes of it.
  private static final String POSTGRES =
      """
      #!/bin/sh
      echo "postgres (PostgreSQL) 17.0"
      """;

  private static final String MANIFEST =
      """
      apiVersion: v1
      kind: Namespace
      metadata:
        name: training
      ---
      apiVersion: postgresql.cnpg.io/v1
      kind: Cluster
      metadata:
        name: training
        namespace: training
      spec:
        instances: 3
        postgresql:
          parameters:
            work_mem: 8MB
        storage:
          size: 1Gi
      """;

  @Spec private CommandSpec spec;

  @Parameters(index = "0", description = "commands or up")
  private String what;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!what.equals("up")) {
      return 0;
    }
    var folder = Files.createTempDirectory("howdah-training");
    try {
      Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
      run(folder);
      return 0;
    } finally {
      DurableFiles.deleteTree(folder);
    }
  }

  private void run(Path folder) throws IOException, InterruptedException {
    var narrator = new Narrator(spec.commandLine().getOut(), OutputOption.Format.TEXT);
    var programs = Files.createDirectory(folder.resolve("bin"));
    for (var program : List.of("postgres", "initdb", "pg_ctl", "pg_controldata")) {
      var file = Files.writeString(programs.resolve(program), POSTGRES);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    var manifest = Files.writeString(folder.resolve("training.yaml"), MANIFEST);
    var home = new Home(folder.resolve("home")).prepare().home();
    var platform =
        Platform.start(
            new Platform.Settings(home, programs, 0), Platform.Extent.WHOLE, narrator::say);
    try (var client = Connection.open(home.kubeconfig())) {
      new Applier(client, narrator::say).apply(Manifests.read(List.of(manifest)));
      follow(client, narrator);
      browse(client);
    } finally {
      platform.close(narrator::say);
    }
  }

  /// Until the first job has been tried.
  private static void follow(KubeClient client, Narrator narrator) throws InterruptedException {
    long end = System.nanoTime() + LONG_ENOUGH.toNanos();
    try (var progress = new Progress(client, narrator)) {
      while (System.nanoTime() < end) {
        List<ObjectNode> clusters = client.list(Resource.CLUSTERS, "", Selection.ALL).items();
        progress.look(clusters).forEach(view -> Tables.text(view).forEach(narrator::say));
        Thread.sleep(Duration.ofMillis(200));
      }
    }
  }

  /// What kubectl asks for.
  private static void browse(KubeClient client) {
    for (var path : List.of("/api", "/apis", "/api/v1", "/openapi/v3", "/openapi/v3/api/v1")) {
      client.request("GET", path, Map.of(), null);
    }
    client.list(Resource.PODS, "training", Selection.ALL).items().forEach(Json::bytes);
  }
}
