// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import com.fasterxml.jackson.databind.JsonNode;
import dev.howdah.podruntime.volume.Mounts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The command line of a container, and of programs run beside it, with paths of the container
/// turned into paths of this machine. Pure but for [#missing].
///
/// @param visible the container's root as its processes see it
/// @param root the same folder as this process sees it
record Command(Mounts mounts, Images images, Path visible, Path root) {

  /// The words to run; empty when the image would have to say what to run.
  Optional<List<String>> of(JsonNode container, Map<String, String> environment) {
    var words = new ArrayList<String>();
    container.path("command").forEach(word -> words.add(expand(word, environment)));
    container.path("args").forEach(word -> words.add(expand(word, environment)));
    if (words.isEmpty()) {
      boolean interactive =
          container.path("stdin").asBoolean() || container.path("tty").asBoolean();
      if (container.path("image").asText("").matches(".*/?pause(:.*)?")) {
        words.addAll(List.of("sleep", "infinity"));
      } else if (interactive) {
        words.add("sh");
      } else {
        return Optional.empty();
      }
    }
    return Optional.of(local(words));
  }

  /// Any command line, as exec and hooks give it.
  List<String> local(List<String> words) {
    if (words.size() > 3 && words.subList(0, 3).equals(List.of("tar", "cf", "-"))) {
      return archive(words);
    }
    var result = new ArrayList<String>(words.size());
    for (String word : words) {
      Optional<Path> program = result.isEmpty() ? images.program(word) : Optional.empty();
      result.add(program.map(Path::toString).orElseGet(() -> mounts.rewrite(word, visible)));
    }
    return result;
  }

  /// What `kubectl cp` runs to copy out of a pod: it expects the names of the container's paths in
  /// the archive.
  private List<String> archive(List<String> words) {
    var result = new ArrayList<>(words.subList(0, 3));
    for (String word : words.subList(3, words.size())) {
      if (mounts.rewrite(word, visible).equals(word)) {
        result.add(word);
      } else {
        String path = word.substring(1);
        boolean isMount = Files.isSymbolicLink(root.resolve(path));
        result.addAll(List.of("-C", visible.toString(), isMount ? path + "/." : path));
      }
    }
    return result;
  }

  /// Why the program can't be run, in the words of a container runtime; empty when it can.
  Optional<String> missing(List<String> words, Map<String, String> environment) {
    String program = words.getFirst();
    if (program.contains("/")) {
      Path path = asSeenHere(program);
      if (!Files.exists(path)) {
        return Optional.of(
            "exec: \"%s\": stat %s: no such file or directory".formatted(program, program));
      }
      return Files.isExecutable(path)
          ? Optional.empty()
          : Optional.of("exec: \"%s\": permission denied".formatted(program));
    }
    for (String folder : environment.getOrDefault("PATH", "").split(":")) {
      if (!folder.isEmpty() && Files.isExecutable(asSeenHere(folder).resolve(program))) {
        return Optional.empty();
      }
    }
    return Optional.of("exec: \"%s\": executable file not found in $PATH".formatted(program));
  }

  /// Where a path of the container is for this process.
  Path asSeenHere(String path) {
    Path given = Path.of(path);
    return given.startsWith(visible) ? root.resolve(visible.relativize(given)) : given;
  }

  private static String expand(JsonNode word, Map<String, String> environment) {
    return Environment.expand(word.asText(), environment);
  }
}
