// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.cel;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// URLs, addresses and networks.
final class Networks {
  private static final Pattern LITERAL = Pattern.compile("[0-9a-fA-F:.]+");
  private static final Pattern V4 = Pattern.compile("((0|[1-9]\\d{0,2})\\.){3}(0|[1-9]\\d{0,2})");

  private Networks() {}

  /// An address.
  record Ip(List<Integer> parts) {
    byte[] bytes() {
      var bytes = new byte[parts.size()];
      for (var i = 0; i < bytes.length; i++) {
        bytes[i] = parts.get(i).byteValue();
      }
      return bytes;
    }

    boolean isV4() {
      return parts.size() == 4;
    }

    InetAddress address() {
      try {
        return InetAddress.getByAddress(bytes());
      } catch (UnknownHostException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public String toString() {
      return isV4() ? address().getHostAddress() : Ipv6Text.canonical(bytes());
    }
  }

  /// A network in CIDR notation.
  record Cidr(Ip ip, int length) {
    boolean contains(Ip other) {
      return ip.parts().size() == other.parts().size()
          && masked(ip, length).equals(masked(other, length));
    }

    @Override
    public String toString() {
      return ip + "/" + length;
    }
  }

  /// The value of one of these functions, or absent for the name of another.
  static @Nullable Object call(Args args) {
    return switch (args.function()) {
      case "isURL" -> parseUrl(args.text(0)) != null;
      case "url" -> url(args);
      case "getScheme" -> orEmpty(args.as(0, URI.class).getScheme());
      case "getHost" -> orEmpty(args.as(0, URI.class).getRawAuthority());
      case "getHostname" -> orEmpty(args.as(0, URI.class).getHost()).replaceAll("[\\[\\]]", "");
      case "getPort" -> port(args.as(0, URI.class));
      case "getEscapedPath" -> orEmpty(args.as(0, URI.class).getRawPath());
      case "getQuery" -> query(args.as(0, URI.class));
      case "isIP" -> parseIp(args.text(0)) != null;
      case "ip" -> ip(args);
      case "ip.isCanonical" -> readIp(args.text(0)).toString().equals(args.text(0));
      case "family" -> args.as(0, Ip.class).isV4() ? 4L : 6L;
      case "isUnspecified" -> args.as(0, Ip.class).address().isAnyLocalAddress();
      case "isLoopback" -> args.as(0, Ip.class).address().isLoopbackAddress();
      case "isLinkLocalUnicast" -> args.as(0, Ip.class).address().isLinkLocalAddress();
      case "isLinkLocalMulticast" -> args.as(0, Ip.class).address().isMCLinkLocal();
      case "isGlobalUnicast" -> isGlobal(args);
      case "isCIDR" -> parseCidr(args.text(0)) != null;
      case "cidr" -> readCidr(args.text(0));
      case "containsIP" ->
          args.as(0, Cidr.class).contains(args.get(1) instanceof Ip ip ? ip : readIp(args.text(1)));
      case "containsCIDR" -> containsCidr(args);
      case "prefixLength" -> (long) args.as(0, Cidr.class).length();
      case "masked" -> maskedNetwork(args);
      default -> null;
    };
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static String port(URI uri) {
    return uri.getPort() < 0 ? "" : String.valueOf(uri.getPort());
  }

  private static @Nullable URI parseUrl(String text) {
    try {
      var uri = new URI(text);
      return uri.isAbsolute() || text.startsWith("/") ? uri : null;
    } catch (URISyntaxException e) {
      return null;
    }
  }

  private static Object url(Args args) {
    if (args.get(0) instanceof URI uri) {
      return uri;
    }
    var uri = parseUrl(args.text(0));
    if (uri == null) {
      throw new CelException("parse \"%s\": invalid URI for request".formatted(args.text(0)));
    }
    return uri;
  }

  private static Object query(URI uri) {
    var result = new LinkedHashMap<Object, Object>();
    for (var pair : orEmpty(uri.getRawQuery()).split("&")) {
      if (!pair.isEmpty()) {
        var parts = pair.split("=", 2);
        var values = new ArrayList<Object>();
        if (result.get(decoded(parts[0])) instanceof List<?> known) {
          values.addAll(known);
        }
        values.add(parts.length > 1 ? decoded(parts[1]) : "");
        result.put(decoded(parts[0]), values);
      }
    }
    return result;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }

  private static Object ip(Args args) {
    return args.get(0) instanceof Cidr cidr ? cidr.ip() : readIp(args.text(0));
  }

  private static Ip readIp(String text) {
    var ip = parseIp(text);
    if (ip == null) {
      throw new CelException(
          "IP Address %s parse error during conversion from string".formatted(text));
    }
    return ip;
  }

  private static @Nullable Ip parseIp(String text) {
    if (!LITERAL.matcher(text).matches() || (!text.contains(":") && !V4.matcher(text).matches())) {
      return null;
    }
    try {
      // A literal is never looked up.
      var bytes = InetAddress.ofLiteral(text).getAddress();
      if (text.contains(":") && bytes.length == 4) {
        return null;
      }
      var parts = new ArrayList<Integer>();
      for (var part : bytes) {
        parts.add(part & 0xff);
      }
      return new Ip(parts);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static Object isGlobal(Args args) {
    var address = args.as(0, Ip.class).address();
    return !address.isAnyLocalAddress()
        && !address.isLoopbackAddress()
        && !address.isMulticastAddress()
        && !address.isLinkLocalAddress();
  }

  private static Cidr readCidr(String text) {
    var cidr = parseCidr(text);
    if (cidr == null) {
      throw new CelException("network address parse error during conversion from string: " + text);
    }
    return cidr;
  }

  private static @Nullable Cidr parseCidr(String text) {
    var parts = text.split("/", -1);
    if (parts.length != 2 || !parts[1].matches("0|[1-9]\\d{0,2}")) {
      return null;
    }
    var ip = parseIp(parts[0]);
    var length = Integer.parseInt(parts[1]);
    return ip == null || length > 8 * ip.parts().size() ? null : new Cidr(ip, length);
  }

  private static Ip masked(Ip ip, int length) {
    var bits = ip.bytes();
    for (var i = 0; i < bits.length; i++) {
      var kept = Math.clamp(length - 8L * i, 0, 8);
      bits[i] = (byte) (bits[i] & (0xff << (8 - kept)));
    }
    return new Ip(Arrays.asList(boxed(bits)));
  }

  private static Integer[] boxed(byte[] bytes) {
    var result = new Integer[bytes.length];
    for (var i = 0; i < bytes.length; i++) {
      result[i] = bytes[i] & 0xff;
    }
    return result;
  }

  private static Object maskedNetwork(Args args) {
    var cidr = args.as(0, Cidr.class);
    return new Cidr(masked(cidr.ip(), cidr.length()), cidr.length());
  }

  private static Object containsCidr(Args args) {
    var outer = args.as(0, Cidr.class);
    var inner = args.get(1) instanceof Cidr cidr ? cidr : readCidr(args.text(1));
    return outer.length() <= inner.length() && outer.contains(inner.ip());
  }
}
