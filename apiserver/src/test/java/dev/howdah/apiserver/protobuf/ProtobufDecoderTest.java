// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.protobuf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.schema.JsonValues;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

class ProtobufDecoderTest {
  private static final JsonMapper JSON = new JsonMapper();

  @Test
  void readsWhatKubectlSends() throws IOException {
    decodesAll(lines("kubectl.gz"));
  }

  /// Objects of all kinds, filled at random and encoded by the Go libraries of Kubernetes.
  @Test
  void readsEveryFieldOfEveryKind() throws IOException {
    var more = System.getProperty("howdah.protobuf.vectors");
    decodesAll(more == null ? lines("random.gz") : Files.readAllLines(Path.of(more)));
  }

  @Test
  void namesTheKindItDoesNotKnow() {
    var body = Base64.getDecoder().decode("azhzAAoLCgJ4MRIFV29yZHM=");

    assertThatThrownBy(() -> ProtobufDecoder.decode(body))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no kind \"Words\" is registered for version \"x1\"");
  }

  @Test
  void refusesBodiesThatAreCutShort() {
    var body = Base64.getDecoder().decode("azhzAAoPCgJ2MRIJQ29uZmlnTWFwEgk=");

    assertThatThrownBy(() -> ProtobufDecoder.decode(body))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("truncated");
    assertThatThrownBy(() -> ProtobufDecoder.decode(new byte[] {'{', '}'}))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /// A Lease whose renewTime (a MicroTime) is given in seconds.
  private static byte[] leaseRenewedAt(long seconds) {
    var time = new ByteArrayOutputStream();
    time.write(0x08);
    for (var left = seconds; ; left >>>= 7) {
      if ((left & ~0x7fL) == 0) {
        time.write((int) left);
        break;
      }
      time.write((int) (left & 0x7f | 0x80));
    }
    var type =
        join(field(1, "coordination.k8s.io/v1".getBytes(UTF_8)), field(2, "Lease".getBytes(UTF_8)));
    var lease = field(2, field(4, time.toByteArray()));
    return join(new byte[] {'k', '8', 's', 0}, field(1, type), field(2, lease));
  }

  private static byte[] field(int number, byte[] content) {
    return join(new byte[] {(byte) (number << 3 | 2), (byte) content.length}, content);
  }

  private static byte[] join(byte[]... parts) {
    var whole = new ByteArrayOutputStream();
    for (var part : parts) {
      whole.writeBytes(part);
    }
    return whole.toByteArray();
  }

  @Test
  void refusesTimesThatNoCalendarHas() {
    assertThat(ProtobufDecoder.decode(leaseRenewedAt(0)).at("/spec/renewTime").asText())
        .isEqualTo("1970-01-01T00:00:00.000000Z");
    for (var seconds : new long[] {Long.MAX_VALUE, Long.MIN_VALUE, 253_402_300_800L}) {
      assertThatThrownBy(() -> ProtobufDecoder.decode(leaseRenewedAt(seconds)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("out of range");
    }
  }

  private static void decodesAll(List<String> lines) throws IOException {
    assertThat(lines).isNotEmpty();
    for (var line : lines) {
      var vector = JSON.readTree(line);
      var decoded = ProtobufDecoder.decode(vector.get("body").binaryValue());
      var expected = vector.get("expected");
      if (!JsonValues.same(normal(decoded.deepCopy()), normal(expected.deepCopy()))) {
        fail("%s\nexpected %s\ndecoded  %s", vector.get("name").asText(), expected, decoded);
      }
    }
  }

  /// Without the nulls and empty values that Go writes because its structs have no absent.
  private static JsonNode normal(JsonNode value) {
    if (value instanceof ObjectNode object) {
      object.forEach(ProtobufDecoderTest::normal);
      object
          .properties()
          .removeIf(each ->
              each.getValue().isNull()
                  || (each.getValue().isContainerNode() && each.getValue().isEmpty()));
    } else if (value instanceof ArrayNode array) {
      array.forEach(ProtobufDecoderTest::normal);
    }
    return value;
  }

  private static List<String> lines(String resource) throws IOException {
    try (var in = Objects.requireNonNull(ProtobufDecoderTest.class.getResourceAsStream(resource));
        var text =
            new BufferedReader(
                new InputStreamReader(new GZIPInputStream(in), StandardCharsets.UTF_8))) {
      return text.lines().toList();
    }
  }
}
