// What browsers and phones have, and Node.js only since 22.
import WebSocket from "ws";

globalThis.WebSocket ??= WebSocket;
