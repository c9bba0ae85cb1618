// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.protobuf;

import dev.howdah.apiserver.schema.Lines;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The fields of the messages of the built-in kinds; `src/build/generate-kubernetes-data.py` makes
/// the resource from the published `generated.proto` files.
final class Messages {
  /// How a field's value is read; `message` is the type's name, or empty for scalars.
  enum Kind {
    STRING,
    BOOL,
    BYTES,
    DOUBLE,
    INTEGER,
    MESSAGE
  }

  /// One field. An `inlined` message's fields stand in the object itself. A `pointer` tells zero
  /// from absent; other fields are on the wire even when zero, and `omitEmpty` says that JSON
  /// leaves them out then.
  record Field(
      String name,
      Kind kind,
      String message,
      boolean repeated,
      boolean map,
      boolean pointer,
      boolean omitEmpty,
      boolean inlined) {}

  private static final class Holder {
    static final Map<String, String> LINES = Lines.read(Messages.class, "messages.gz");
  }

  private static final Map<String, Map<Integer, Field>> PARSED = new ConcurrentHashMap<>();

  private Messages() {}

  /// The fields of a message by number, or absent for an unknown message.
  static @Nullable Map<Integer, Field> fields(String message) {
    var line = Holder.LINES.get(message);
    return line == null ? null : PARSED.computeIfAbsent(message, _ -> parse(line));
  }

  private static Map<Integer, Field> parse(String line) {
    var result = new HashMap<Integer, Field>();
    for (var text : line.split("\\|")) {
      if (!text.isEmpty()) {
        var parts = text.split(",", 4);
        result.put(Integer.valueOf(parts[0]), field(parts[1], parts[2], parts[3]));
      }
    }
    return result;
  }

  private static Field field(String name, String flags, String type) {
    var kind =
        switch (type) {
          case "s" -> Kind.STRING;
          case "b" -> Kind.BOOL;
          case "y" -> Kind.BYTES;
          case "d" -> Kind.DOUBLE;
          case "i" -> Kind.INTEGER;
          default -> Kind.MESSAGE;
        };
    return new Field(
        name,
        kind,
        kind == Kind.MESSAGE ? type : "",
        flags.contains("r"),
        flags.contains("m"),
        flags.contains("p"),
        flags.contains("o"),
        flags.contains("n"));
  }
}
