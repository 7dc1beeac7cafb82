//! The contiguous United States.

use super::Place;

/// The contiguous United States, clockwise from Cape Flattery.
pub const UNITED_STATES: &[Place] = &[
    (-124.7, 48.4), // Cape Flattery
    (-123.4, 48.1), // Port Angeles
    (-122.8, 48.1), // Port Townsend
    (-122.6, 47.3), // Tacoma Narrows
    (-122.3, 47.6), // Seattle
    (-122.2, 48.0), // Everett
    (-122.5, 48.7), // Bellingham
    (-122.8, 49.0), // Blaine
    (-116.0, 49.0),
    (-110.0, 49.0),
    (-104.0, 49.0),
    (-97.2, 49.0), // Pembina
    (-95.2, 49.0), // Lake of the Woods
    (-95.2, 49.4), // Northwest Angle
    (-94.6, 48.7), // Baudette
    (-93.4, 48.6), // International Falls
    (-92.0, 48.3),
    (-90.8, 48.2),
    (-89.6, 48.0), // Grand Portage
    (-90.3, 47.7), // Grand Marais
    (-91.3, 47.2), // Silver Bay
    (-92.1, 46.8), // Duluth
    (-90.8, 46.9), // Bayfield
    (-90.4, 46.6), // Saxon Harbor
    (-89.3, 46.9), // Ontonagon
    (-88.6, 47.2), // Houghton Canal
    (-87.7, 47.5), // Copper Harbor
    (-88.4, 46.8), // L'Anse
    (-87.4, 46.5), // Marquette
    (-86.6, 46.4), // Munising
    (-85.9, 46.7), // Grand Marais, Michigan
    (-85.0, 46.8), // Whitefish Point
    (-84.3, 46.5), // Sault Ste. Marie
    (-83.6, 46.0), // Drummond Island
    (-84.7, 45.9), // St. Ignace
    (-85.6, 46.1), // Naubinway
    (-86.3, 45.9), // Manistique
    (-87.1, 45.7), // Escanaba
    (-87.6, 45.1), // Menominee
    (-88.0, 44.5), // Green Bay
    (-87.0, 45.3), // Northport, Wisconsin
    (-87.5, 44.4), // Kewaunee
    (-87.9, 43.0), // Milwaukee
    (-87.8, 42.4), // Waukegan
    (-87.6, 41.9), // Chicago
    (-87.3, 41.6), // Gary
    (-86.9, 41.7), // Michigan City
    (-86.5, 42.1), // St. Joseph
    (-86.3, 43.2), // Muskegon
    (-86.5, 44.0), // Ludington
    (-86.2, 44.7), // Frankfort
    (-85.6, 45.2), // Leelanau
    (-85.6, 44.8), // Traverse City
    (-85.2, 45.3), // Charlevoix
    (-84.7, 45.8), // Mackinaw City
    (-83.8, 45.4), // Rogers City
    (-83.4, 45.1), // Alpena
    (-83.3, 44.4), // Oscoda
    (-83.9, 43.7), // Bay City
    (-82.9, 44.1), // Port Austin
    (-82.4, 43.0), // Port Huron
    (-82.5, 42.6), // Algonac
    (-83.1, 42.3), // Detroit
    (-83.5, 41.7), // Toledo
    (-82.7, 41.5), // Sandusky
    (-81.7, 41.5), // Cleveland
    (-80.1, 42.2), // Erie
    (-78.9, 42.8), // Buffalo
    (-79.1, 43.3), // Fort Niagara
    (-77.6, 43.3), // Rochester
    (-76.5, 43.5), // Oswego
    (-76.3, 44.1), // Cape Vincent
    (-75.5, 44.7), // Ogdensburg
    (-74.7, 45.0), // Massena
    (-71.5, 45.0), // Canaan, Vermont
    (-71.0, 45.3),
    (-70.3, 45.9),
    (-70.0, 46.7),
    (-69.2, 47.5),  // Estcourt
    (-68.3, 47.4),  // Madawaska
    (-67.8, 47.1),  // Hamlin
    (-67.8, 45.7),  // Vanceboro
    (-67.3, 45.2),  // Calais
    (-67.0, 44.8),  // Quoddy Head
    (-68.2, 44.3),  // Bar Harbor
    (-69.1, 44.0),  // Rockland
    (-70.2, 43.6),  // Portland, Maine
    (-70.8, 42.9),  // Hampton
    (-70.6, 42.7),  // Cape Ann
    (-71.0, 42.3),  // Boston
    (-70.6, 41.9),  // Plymouth
    (-70.2, 42.1),  // Provincetown
    (-70.0, 41.7),  // Chatham
    (-70.7, 41.5),  // Woods Hole
    (-71.4, 41.5),  // Newport
    (-72.9, 41.3),  // New Haven
    (-73.7, 40.9),  // New Rochelle
    (-71.9, 41.1),  // Montauk Point
    (-73.6, 40.6),  // Jones Beach
    (-74.0, 40.5),  // Sandy Hook
    (-74.4, 39.4),  // Atlantic City
    (-74.9, 38.9),  // Cape May
    (-75.5, 39.5),  // Delaware City
    (-75.1, 38.8),  // Cape Henlopen
    (-75.2, 38.0),  // Assateague
    (-76.0, 37.1),  // Cape Charles
    (-75.9, 38.0),  // Crisfield
    (-76.3, 38.9),  // Kent Island
    (-76.1, 39.5),  // Havre de Grace
    (-76.5, 39.0),  // Annapolis
    (-76.3, 38.0),  // Point Lookout
    (-76.3, 37.0),  // Hampton Roads
    (-76.0, 36.9),  // Cape Henry
    (-75.5, 35.3),  // Cape Hatteras
    (-76.5, 34.6),  // Cape Lookout
    (-78.0, 33.9),  // Cape Fear
    (-78.9, 33.7),  // Myrtle Beach
    (-79.9, 32.7),  // Charleston
    (-80.9, 32.0),  // Savannah
    (-81.4, 30.4),  // Mayport
    (-80.5, 28.5),  // Cape Canaveral
    (-80.0, 26.8),  // Palm Beach
    (-80.2, 25.6),  // Biscayne Bay
    (-81.1, 25.1),  // Cape Sable
    (-81.8, 26.1),  // Naples, Florida
    (-82.7, 27.5),  // Tampa Bay
    (-82.8, 28.2),  // Tarpon Springs
    (-83.0, 29.1),  // Cedar Key
    (-84.0, 30.1),  // Apalachee Bay
    (-85.4, 29.7),  // Cape San Blas
    (-86.3, 30.4),  // Destin
    (-88.0, 30.2),  // Mobile Point
    (-89.4, 30.3),  // Bay St. Louis
    (-89.4, 29.8),  // Chandeleur Sound
    (-89.1, 29.0),  // South Pass
    (-90.1, 29.2),  // Grand Isle
    (-91.3, 29.3),  // Point au Fer
    (-92.3, 29.5),  // Freshwater Bayou
    (-93.8, 29.7),  // Sabine Pass
    (-94.7, 29.3),  // Galveston
    (-95.9, 28.6),  // Matagorda
    (-97.1, 27.8),  // Port Aransas
    (-97.4, 26.9),  // Padre Island
    (-97.1, 25.9),  // Mouth of the Rio Grande
    (-98.3, 26.1),  // Hidalgo
    (-99.1, 26.4),  // Roma
    (-99.5, 27.5),  // Laredo
    (-100.5, 28.7), // Eagle Pass
    (-100.9, 29.4), // Del Rio
    (-101.4, 29.8), // Pecos confluence
    (-102.3, 29.9),
    (-102.9, 29.2), // Boquillas
    (-103.2, 29.0), // Mariscal
    (-104.4, 29.5), // Presidio
    (-104.9, 30.6), // Candelaria
    (-106.5, 31.8), // El Paso
    (-108.2, 31.8),
    (-108.2, 31.3),
    (-111.1, 31.3), // Nogales
    (-114.8, 32.5), // San Luis
    (-114.7, 32.7), // Yuma
    (-117.1, 32.5), // San Ysidro
    (-117.3, 33.0), // Encinitas
    (-118.4, 33.7), // Palos Verdes
    (-118.5, 34.0), // Santa Monica
    (-119.2, 34.1), // Port Hueneme
    (-120.5, 34.4), // Point Conception
    (-120.6, 35.1), // Pismo Beach
    (-121.9, 36.3), // Point Sur
    (-121.8, 36.8), // Moss Landing
    (-122.4, 37.2), // Pescadero
    (-122.5, 37.8), // Golden Gate
    (-123.0, 38.0), // Point Reyes
    (-123.7, 38.9), // Point Arena
    (-124.4, 40.4), // Cape Mendocino
    (-124.1, 41.0), // Trinidad Head
    (-124.2, 41.8), // Crescent City
    (-124.6, 42.8), // Cape Blanco
    (-124.1, 44.6), // Newport
    (-124.0, 46.2), // Columbia River
    (-124.1, 46.9), // Grays Harbor
];
