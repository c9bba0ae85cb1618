// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.kube.Json;
import dev.howdah.podruntime.pod.ContainerState.Ended;
import dev.howdah.podruntime.process.ContainerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What is on disk about one run of a container, for a later runtime.
///
/// @param ended null while it runs, as far as the runtime knew
record History(int attempt, Instant started, @Nullable Ended ended) {
  private static final Pattern FILE = Pattern.compile("(\\d+)\\.json");

  /// The runs that are remembered, latest first.
  static List<History> read(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (var files = Files.list(folder)) {
      return files
          .map(file -> FILE.matcher(file.getFileName().toString()))
          .filter(Matcher::matches)
          .map(matcher -> Integer.parseInt(matcher.group(1)))
          .sorted((a, b) -> b - a)
          .flatMap(attempt -> readOne(new ContainerFiles(folder, attempt)).stream())
          .toList();
    }
  }

  private static Optional<History> readOne(ContainerFiles files) {
    try {
      ObjectNode json = Json.parse(Files.readAllBytes(files.history()));
      Instant started = Instant.parse(json.path("started").asText());
      JsonNode end = json.path("ended");
      Ended ended =
          end.isObject()
              ? new Ended(
                  files.attempt(),
                  end.path("exitCode").asInt(),
                  end.path("reason").asText(),
                  end.path("message").asText(),
                  started,
                  Instant.parse(end.path("finished").asText()))
              : null;
      return Optional.of(new History(files.attempt(), started, ended));
    } catch (IOException | RuntimeException e) {
      return Optional.empty(); // cut short by a crash: as if it had never been
    }
  }

  void write(ContainerFiles files) throws IOException {
    ObjectNode json = Json.object().put("started", started.toString());
    if (ended != null) {
      json.putObject("ended")
          .put("exitCode", ended.exitCode())
          .put("reason", ended.reason())
          .put("message", ended.message())
          .put("finished", ended.finished().toString());
    }
    Path fresh = files.history().resolveSibling(files.attempt() + ".json.new");
    Files.write(fresh, Json.bytes(json));
    Files.move(fresh, files.history(), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  /// Removes what is left of a run.
  static void forget(Path folder, int attempt) throws IOException {
    try (var files = Files.newDirectoryStream(folder, attempt + ".*")) {
      for (Path file : files) {
        Files.deleteIfExists(file); // who reads that log may just have taken it away
      }
    }
  }
}
