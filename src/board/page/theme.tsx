import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";

/** Colours that charts are drawn with; pages take the same ones from the style sheet. */
export interface Theme {
  name: "light" | "dark";
  paper: string;
  ink: string;
  softInk: string;
  grid: string;
  /** Colours of series; told apart with the common kinds of colour blindness, and always beside shapes or words. */
  series: readonly string[];
}

const light: Theme = {
  name: "light",
  paper: "#ffffff",
  ink: "#1b1f24",
  softInk: "#57606a",
  grid: "#d8dee4",
  series: ["#0072b2", "#d55e00", "#007a5a", "#b0478a", "#7d5a00", "#2f88c0", "#5b4bb0", "#57606a"],
};

const dark: Theme = {
  name: "dark",
  paper: "#0f1318",
  ink: "#e8ecf1",
  softInk: "#a3adb8",
  grid: "#2c343e",
  series: ["#56b4e9", "#f0883e", "#2fc99a", "#e79ac5", "#e6b422", "#9dc1ff", "#b8a5ff", "#c0c8d0"],
};

const storageKey = "flexboard-theme";
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

export const ThemeContext = createContext<Theme>(light);

export function useTheme(): Theme {
  return useContext(ThemeContext);
}

/** The theme in use and what changes it; the choice is kept in this browser. */
export function useThemeChoice(): { theme: Theme; toggle: () => void } {
  const [name, setName] = useState(() => storedName() ?? (prefersDark.matches ? "dark" : "light"));
  useEffect(() => {
    const follow = () => {
      if (storedName() === null) setName(prefersDark.matches ? "dark" : "light");
    };
    prefersDark.addEventListener("change", follow);
    return () => prefersDark.removeEventListener("change", follow);
  }, []);
  document.documentElement.dataset.theme = name;
  const toggle = () => {
    const other = name === "dark" ? "light" : "dark";
    setName(other);
    try {
      localStorage.setItem(storageKey, other);
    } catch {
      // A frame of another site may keep nothing: the choice then holds for this page.
    }
  };
  return { theme: name === "dark" ? dark : light, toggle };
}

function storedName(): "light" | "dark" | null {
  try {
    const name = localStorage.getItem(storageKey);
    return name === "light" || name === "dark" ? name : null;
  } catch {
    return null;
  }
}
