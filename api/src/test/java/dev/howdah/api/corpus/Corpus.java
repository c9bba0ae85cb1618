// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.corpus;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.api.validate.Manifest;
import dev.howdah.api.validate.ManifestReader;
import dev.howdah.api.validate.UnreadableManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The manifests that must be accepted, and the ways to break them that must be refused.
public final class Corpus {
  private static final Path FOLDER =
      Stream.of("src/test/resources/corpus", "../api/src/test/resources/corpus")
          .map(Path::of)
          .filter(Files::isDirectory)
          .findFirst()
          .orElseThrow();

  private Corpus() {}

  /// A broken manifest.
  ///
  /// @param area the file that the case is in
  /// @param before the stored object; null where the manifest is new
  public record Case(String area, String name, ObjectNode now, @Nullable ObjectNode before) {
    @Override
    public String toString() {
      return area + ": " + name;
    }
  }

  /// The good manifests, by kind and name as in `Cluster/least`.
  public static Map<String, ObjectNode> valid() {
    Map<String, ObjectNode> all = new LinkedHashMap<>();
    for (Path file : files("valid")) {
      for (Manifest manifest : read(file)) {
        String title =
            manifest.tree().path("kind").asText() + "/" + manifest.text("metadata", "name");
        if (all.put(title, manifest.tree()) != null) {
          throw new IllegalStateException("twice in the corpus: " + title);
        }
      }
    }
    return all;
  }

  public static List<Case> invalid() {
    Map<String, ObjectNode> bases = valid();
    List<Case> cases = new ArrayList<>();
    for (Path file : files("invalid")) {
      String area = file.getFileName().toString().replace(".yaml", "");
      for (JsonNode entry : cases(file)) {
        ObjectNode base = bases.get(entry.path("base").asText());
        if (base == null) {
          throw new IllegalStateException("no such base: " + entry);
        }
        ObjectNode before = null;
        if (entry.has("before")) {
          before = merged(base, (ObjectNode) entry.get("before"));
        }
        ObjectNode now = merged(before == null ? base : before, (ObjectNode) entry.get("patch"));
        cases.add(new Case(area, entry.get("case").asText(), now, before));
      }
    }
    return cases;
  }

  /// A file beside the broken manifests.
  public static Path besides(String name) {
    return FOLDER.resolve("invalid").resolve(name);
  }

  static Path expectations(String area) {
    return FOLDER.resolve("invalid").resolve(area + ".txt");
  }

  private static List<Path> files(String folder) {
    try (var files = Files.list(FOLDER.resolve(folder))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Manifest> read(Path file) {
    try {
      return ManifestReader.read(file.toString(), Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (UnreadableManifest e) {
      throw new IllegalStateException(file + ":" + e.line(), e);
    }
  }

  /// A list of cases isn't a manifest: it is read as the one field of an object.
  private static JsonNode cases(Path file) {
    try {
      String text = "cases:\n" + Files.readString(file);
      return ManifestReader.read(file.toString(), text).getFirst().tree().get("cases");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (UnreadableManifest e) {
      throw new IllegalStateException(file + ":" + (e.line() - 1), e);
    }
  }

  /// A JSON merge patch (RFC 7386) of a copy.
  private static ObjectNode merged(ObjectNode base, ObjectNode patch) {
    ObjectNode copy = base.deepCopy();
    apply(copy, patch);
    return copy;
  }

  private static void apply(ObjectNode target, ObjectNode patch) {
    for (var field : patch.properties()) {
      JsonNode value = field.getValue();
      if (value.isNull()) {
        target.remove(field.getKey());
      } else if (value instanceof ObjectNode inner) {
        ObjectNode under =
            target.get(field.getKey()) instanceof ObjectNode object
                ? object
                : target.putObject(field.getKey());
        apply(under, inner);
      } else {
        target.set(field.getKey(), value.deepCopy());
      }
    }
  }
}
