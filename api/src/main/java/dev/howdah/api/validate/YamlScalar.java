// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.validate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.resolver.Resolver;

/// Scalars of YAML as kubectl reads them: `yes` and `on` are truth, dates are texts.
final class YamlScalar {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final Set<String> NULL = Set.of("", "~", "null", "Null", "NULL");
  private static final Set<String> TRUE =
      Set.of("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON");
  private static final Set<String> FALSE =
      Set.of("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF");
  private static final Pattern INTEGER =
      Pattern.compile("([-+]?)(0x[0-9a-fA-F]+|0b[01]+|0o?[0-7]+|[1-9][0-9]*|0)");
  private static final Pattern DECIMAL =
      Pattern.compile(
          "[-+]?(?:\\.[0-9]{1,400}|[0-9]{1,400}(?:\\.[0-9]{0,400})?)(?:[eE][-+]?[0-9]{1,4})?");
  private static final int LONGEST_NUMBER = 400;

  private YamlScalar() {}

  /// Leaves the meaning of plain scalars open, so that only a written tag makes one a text.
  static final class PlainResolver extends Resolver {
    static final Tag PLAIN = new Tag("tag:howdah.dev,2026:plain");

    @Override
    protected void addImplicitResolvers() {}

    @Override
    public Tag resolve(NodeId kind, String value, boolean implicit) {
      return kind == NodeId.scalar && implicit ? PLAIN : super.resolve(kind, value, implicit);
    }
  }

  static boolean isMerge(ScalarNode key) {
    return key.getScalarStyle() == ScalarStyle.PLAIN && key.getValue().equals("<<");
  }

  static JsonNode of(ScalarNode scalar) {
    String text = scalar.getValue();
    boolean plain = scalar.getTag().equals(PlainResolver.PLAIN);
    if (scalar.getScalarStyle() != ScalarStyle.PLAIN || !plain) {
      return NODES.textNode(text);
    }
    if (NULL.contains(text)) {
      return NODES.nullNode();
    }
    if (TRUE.contains(text)) {
      return NODES.booleanNode(true);
    }
    if (FALSE.contains(text)) {
      return NODES.booleanNode(false);
    }
    return number(text).orElseGet(() -> NODES.textNode(text));
  }

  private static Optional<JsonNode> number(String written) {
    String text = written.replace("_", "");
    if (text.length() > LONGEST_NUMBER || text.isEmpty()) {
      return Optional.empty();
    }
    var integer = INTEGER.matcher(text);
    if (integer.matches()) {
      return Optional.of(integer(integer.group(1), integer.group(2)));
    }
    if (!DECIMAL.matcher(text).matches()) {
      return Optional.empty();
    }
    BigDecimal value = new BigDecimal(text.endsWith(".") ? text + "0" : text);
    return Optional.of(NODES.numberNode(value));
  }

  private static JsonNode integer(String sign, String digits) {
    BigInteger value;
    if (digits.startsWith("0x")) {
      value = new BigInteger(digits.substring(2), 16);
    } else if (digits.startsWith("0b")) {
      value = new BigInteger(digits.substring(2), 2);
    } else if (digits.startsWith("0") && digits.length() > 1) {
      value = new BigInteger(digits.substring(digits.startsWith("0o") ? 2 : 1), 8);
    } else {
      value = new BigInteger(digits);
    }
    BigInteger signed = sign.equals("-") ? value.negate() : value;
    return signed.bitLength() < Integer.SIZE
        ? NODES.numberNode(signed.intValue())
        : signed.bitLength() < Long.SIZE
            ? NODES.numberNode(signed.longValue())
            : NODES.numberNode(signed);
  }
}
