// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.table;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Addresses and ports of services and their endpoints.
final class ServiceCells {
  private static final int SHOWN = 3;

  private ServiceCells() {}

  static String externalAddress(Row row) {
    var given = row.joined("/spec/externalIPs", ",");
    return switch (row.text("/spec/type")) {
      case "ClusterIP", "NodePort" -> given.isEmpty() ? Row.NONE : given;
      case "ExternalName" -> row.text("/spec/externalName");
      case "LoadBalancer" -> {
        var addresses = new ArrayList<String>();
        for (var ingress : row.at("/status/loadBalancer/ingress")) {
          var address = ingress.path("ip").asText();
          addresses.add(address.isEmpty() ? ingress.path("hostname").asText() : address);
        }
        if (!given.isEmpty()) {
          addresses.add(given);
        }
        yield addresses.isEmpty() ? "<pending>" : String.join(",", addresses);
      }
      default -> Ages.UNKNOWN;
    };
  }

  static String ports(Row row) {
    var text =
        row.at("/spec/ports")
            .valueStream()
            .map(ServiceCells::port)
            .collect(Collectors.joining(","));
    return text.isEmpty() ? Row.NONE : text;
  }

  private static String port(JsonNode port) {
    var onNodes = port.path("nodePort").asInt();
    return port.path("port").asText()
        + (onNodes > 0 ? ":" + onNodes : "")
        + "/"
        + port.path("protocol").asText("TCP");
  }

  static String endpoints(Row row) {
    var all = new ArrayList<String>();
    for (var subset : row.at("/subsets")) {
      var ports = subset.path("ports");
      if (ports.isEmpty()) {
        subset.path("addresses").forEach(each -> all.add(each.path("ip").asText()));
      }
      for (var port : ports) {
        for (var address : subset.path("addresses")) {
          all.add(hostPort(address.path("ip").asText(), port.path("port").asText()));
        }
      }
    }
    return row.size("/subsets") == 0 ? Row.NONE : few(all);
  }

  private static String hostPort(String host, String port) {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }

  static String slicePorts(Row row) {
    var all = new ArrayList<String>();
    for (var port : row.at("/ports")) {
      all.add(port.hasNonNull("port") ? port.path("port").asText() : port.path("name").asText("*"));
    }
    return all.isEmpty() ? UNSET_LIST : few(all);
  }

  static String sliceEndpoints(Row row) {
    var all = new ArrayList<String>();
    for (var endpoint : row.at("/endpoints")) {
      endpoint.path("addresses").forEach(each -> all.add(each.asText()));
    }
    return all.isEmpty() ? UNSET_LIST : few(all);
  }

  private static final String UNSET_LIST = "<unset>";

  private static String few(List<String> all) {
    var shown = String.join(",", all.subList(0, Math.min(SHOWN, all.size())));
    return all.size() > SHOWN ? shown + " + " + (all.size() - SHOWN) + " more..." : shown;
  }
}
