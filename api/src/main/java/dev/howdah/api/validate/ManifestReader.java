// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.validate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.representer.Representer;

/// Reads YAML or JSON as kubectl does (anchors, merge keys and all), with bounds on what a file may
/// cost, and remembers the line of each field.
public final class ManifestReader {
  private static final int LARGEST = 16 << 20;
  private static final int DEEPEST = 100;
  private static final int MOST_ALIASES = 200;
  private static final int MOST_NODES = 500_000;

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Map<String, Integer> lines = new HashMap<>();
  private int nodes;

  private ManifestReader() {}

  /// All objects of a file; those of a `List` one by one, empty documents passed over.
  ///
  /// @throws UnreadableManifest if it isn't YAML of objects, or costs too much to read
  public static List<Manifest> read(String source, byte[] content) throws UnreadableManifest {
    if (content.length > LARGEST) {
      throw new UnreadableManifest(0, "larger than 16 MiB, which no API server takes");
    }
    return read(source, decode(content));
  }

  private static String decode(byte[] content) throws UnreadableManifest {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(content))
          .toString();
    } catch (CharacterCodingException e) {
      throw new UnreadableManifest(0, "not text in UTF-8");
    }
  }

  public static List<Manifest> read(String source, String text) throws UnreadableManifest {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(LARGEST);
    options.setNestingDepthLimit(DEEPEST);
    options.setMaxAliasesForCollections(MOST_ALIASES);
    List<Manifest> manifests = new ArrayList<>();
    try {
      for (Node root : yaml(options).composeAll(new StringReader(text))) {
        document(source, root, manifests);
      }
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      throw new UnreadableManifest(line, "not YAML: " + e.getProblem());
    } catch (YAMLException e) {
      throw new UnreadableManifest(0, "not YAML: " + firstLine(e.getMessage()));
    }
    return manifests;
  }

  private static Yaml yaml(LoaderOptions options) {
    DumperOptions unused = new DumperOptions();
    return new Yaml(
        new SafeConstructor(options),
        new Representer(unused),
        unused,
        options,
        new YamlScalar.PlainResolver());
  }

  private static String firstLine(@Nullable String text) {
    return text == null ? "unreadable" : text.lines().findFirst().orElse("unreadable");
  }

  private static void document(String source, Node root, List<Manifest> manifests)
      throws UnreadableManifest {
    ManifestReader reader = new ManifestReader();
    JsonNode tree = reader.convert(root, "", 0);
    int line = line(root);
    if (tree.isNull() || (tree.isTextual() && tree.asText().isBlank())) {
      return;
    }
    if (!(tree instanceof ObjectNode object)) {
      throw new UnreadableManifest(line, "not an object with apiVersion and kind");
    }
    if (object.path("kind").asText("").equals("List") && object.path("items").isArray()) {
      for (int i = 0; i < object.get("items").size(); i++) {
        String prefix = "items[" + i + "]";
        if (object.get("items").get(i) instanceof ObjectNode item) {
          manifests.add(
              new Manifest(
                  source, reader.lines.getOrDefault(prefix, line), item, reader.below(prefix)));
        }
      }
      return;
    }
    manifests.add(new Manifest(source, line, object, Map.copyOf(reader.lines)));
  }

  private Map<String, Integer> below(String prefix) {
    Map<String, Integer> below = new HashMap<>();
    lines.forEach((path, line) -> {
      if (path.startsWith(prefix + ".")) {
        below.put(path.substring(prefix.length() + 1), line);
      }
    });
    return Map.copyOf(below);
  }

  private static int line(Node node) {
    return node.getStartMark().getLine() + 1;
  }

  private JsonNode convert(Node node, String path, int depth) throws UnreadableManifest {
    if (++nodes > MOST_NODES || depth > DEEPEST) {
      throw new UnreadableManifest(
          line(node), depth > DEEPEST ? "nested too deeply" : "its aliases make it too large");
    }
    return switch (node) {
      case MappingNode mapping -> mapping(mapping, path, depth);
      case SequenceNode sequence -> {
        ArrayNode list = NODES.arrayNode();
        for (Node item : sequence.getValue()) {
          String at = path + "[" + list.size() + "]";
          lines.putIfAbsent(at, line(item));
          list.add(convert(item, at, depth + 1));
        }
        yield list;
      }
      case ScalarNode scalar -> scalar(scalar);
      default -> throw new UnreadableManifest(line(node), "not YAML that Kubernetes knows");
    };
  }

  private static JsonNode scalar(ScalarNode scalar) throws UnreadableManifest {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(scalar.getValue())) {
      throw new UnreadableManifest(line(scalar), "half of a character, which no text can hold");
    }
    return YamlScalar.of(scalar);
  }

  private ObjectNode mapping(MappingNode mapping, String path, int depth)
      throws UnreadableManifest {
    ObjectNode object = NODES.objectNode();
    List<Node> merged = new ArrayList<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new UnreadableManifest(line(tuple.getKeyNode()), "a key that isn't a text");
      }
      if (YamlScalar.isMerge(key)) {
        merged.add(tuple.getValueNode());
        continue;
      }
      String name = scalar(key).asText();
      if (object.has(name)) {
        throw new UnreadableManifest(line(key), "the key \"" + name + "\" stands here twice");
      }
      String at = path.isEmpty() ? name : path + "." + name;
      lines.put(at, line(key));
      lines.put(path + "[" + name + "]", line(key));
      object.set(name, convert(tuple.getValueNode(), at, depth + 1));
    }
    for (Node source : merged) {
      merge(object, source, path, depth);
    }
    return object;
  }

  /// What is merged in loses against what is written.
  private void merge(ObjectNode object, Node source, String path, int depth)
      throws UnreadableManifest {
    if (source instanceof SequenceNode several) {
      for (Node one : several.getValue()) {
        merge(object, one, path, depth + 1);
      }
    } else if (convert(source, path, depth + 1) instanceof ObjectNode fields) {
      fields
          .properties()
          .forEach(field -> {
            if (!object.has(field.getKey())) {
              object.set(field.getKey(), field.getValue());
            }
          });
    } else {
      throw new UnreadableManifest(line(source), "only fields can be merged in");
    }
  }
}
