// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.howdah.core.problem.Problem;
import dev.howdah.core.problem.ProblemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The objects of manifest files, in the order written.
record Manifests(List<ObjectNode> objects) {
  private static final ObjectMapper YAML =
      new ObjectMapper(
          YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

  Manifests {
    objects = List.copyOf(objects);
  }

  /// Reads all documents of all files; a `List` counts as its items. Throws a problem that names
  /// file and line.
  static Manifests read(List<Path> files) {
    var all = new ArrayList<ObjectNode>();
    for (var file : files) {
      if (!Files.isReadable(file) || Files.isDirectory(file)) {
        throw new ProblemException(
            new Problem(
                "MANIFEST_UNREADABLE",
                Files.exists(file)
                    ? file + " is not a file that can be read"
                    : file + " doesn't exist",
                "Give the path of a YAML file with a Cluster in it; examples/ has some."));
      }
      readFile(file, all);
    }
    return new Manifests(all);
  }

  private static void readFile(Path file, List<ObjectNode> into) {
    try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(file.toFile())) {
      while (documents.hasNextValue()) {
        var document = documents.nextValue();
        if (document == null || document.isNull() || document.isMissingNode()) {
          continue;
        }
        if (document.path("kind").asText().equals("List") && document.path("items").isArray()) {
          document.path("items").forEach(item -> into.add(checked(file, item)));
        } else {
          into.add(checked(file, document));
        }
      }
    } catch (JsonProcessingException e) {
      var at = e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
      throw new ProblemException(
          new Problem(
              "MANIFEST_NOT_YAML",
              "%s%s: %s".formatted(file, at, e.getOriginalMessage().lines().findFirst().orElse("")),
              "Nothing was applied. Correct the file and run the command again."),
          e);
    } catch (IOException e) {
      throw new ProblemException(
          new Problem("MANIFEST_UNREADABLE", file + ": " + e.getMessage(), "Nothing was applied."),
          e);
    }
  }

  private static ObjectNode checked(Path file, JsonNode document) {
    if (document instanceof ObjectNode object
        && object.path("apiVersion").isTextual()
        && object.path("kind").isTextual()
        && (object.at("/metadata/name").isTextual()
            || object.at("/metadata/generateName").isTextual())) {
      return object;
    }
    throw new ProblemException(
        new Problem(
            "NOT_A_MANIFEST",
            "%s: a document lacks apiVersion, kind or metadata.name: %s"
                .formatted(
                    file,
                    document
                        .toString()
                        .lines()
                        .findFirst()
                        .orElse("")
                        .transform(
                            line -> line.length() > 80 ? line.substring(0, 80) + "…" : line)),
            "Nothing was applied. Every document of a manifest needs these three."));
  }

  /// The Clusters among them; those without a namespace get the one given.
  List<ObjectNode> clusters(String defaultNamespace) {
    return objects.stream()
        .filter(o -> o.path("kind").asText().equals("Cluster"))
        .filter(o -> o.path("apiVersion").asText().startsWith("postgresql.cnpg.io/"))
        .map(ObjectNode::deepCopy)
        .peek(o -> {
          if (!o.at("/metadata/namespace").isTextual()) {
            o.withObject("/metadata").put("namespace", defaultNamespace);
          }
        })
        .toList();
  }
}
