//! The ground under the map: coarse outlines of land.
//!
//! The outlines are our own: we walked the coasts and borders through places whose coordinates are public knowledge
//! (capes, harbours, river mouths, border posts; GeoNames and the USGS Geographic Names Information System list them),
//! to about a tenth of a degree for the United States and half a degree elsewhere. They are there to say where a site
//! lies, not to survey anything. Lakes other than the Great Lakes and islands below some 200 km are left out.

/// Degrees east and north.
pub type Place = (f64, f64);

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

/// Canada south of the Arctic islands, and Alaska, clockwise from Vancouver; the southern side follows the border and
/// the northern shores of the Great Lakes.
const CANADA_AND_ALASKA: &[Place] = &[
    (-122.8, 49.0),
    (-123.3, 49.3), // Vancouver
    (-125.0, 50.2), // Campbell River
    (-127.5, 51.0), // Queen Charlotte Strait
    (-130.3, 54.3), // Prince Rupert
    (-131.6, 55.4), // Ketchikan
    (-133.5, 57.0),
    (-136.5, 58.2), // Cape Spencer
    (-139.7, 59.6), // Yakutat
    (-145.7, 60.4), // Cordova
    (-148.4, 60.0), // Seward
    (-151.8, 59.2),
    (-151.5, 61.2), // Anchorage
    (-154.0, 59.0),
    (-158.4, 56.3), // Chignik
    (-163.5, 54.8), // False Pass
    (-158.5, 58.6), // Dillingham
    (-162.0, 58.7), // Cape Newenham
    (-165.0, 61.5),
    (-161.0, 64.0), // Norton Sound
    (-166.0, 64.5),
    (-168.0, 65.6), // Cape Prince of Wales
    (-162.5, 66.9), // Kotzebue
    (-166.5, 68.3), // Point Hope
    (-156.6, 71.3), // Point Barrow
    (-141.0, 69.6),
    (-134.5, 69.5), // Mackenzie delta
    (-124.5, 70.0), // Cape Bathurst
    (-115.0, 68.0), // Coronation Gulf
    (-108.0, 68.0),
    (-95.5, 68.0),
    (-94.5, 71.8), // Boothia
    (-90.0, 68.8),
    (-82.0, 69.8), // Melville Peninsula
    (-86.5, 66.5), // Repulse Bay
    (-93.8, 62.0),
    (-94.6, 58.8), // Churchill
    (-92.4, 57.0), // York Factory
    (-85.0, 55.3), // Fort Severn
    (-82.3, 53.0),
    (-80.0, 51.2), // Moosonee
    (-79.0, 54.7),
    (-77.2, 57.5),
    (-78.0, 62.3), // Ivujivik
    (-72.0, 61.6),
    (-69.5, 58.9), // Ungava Bay
    (-64.6, 60.3), // Cape Chidley
    (-61.5, 56.6), // Nain
    (-57.0, 53.8), // Cartwright
    (-55.7, 52.2), // Battle Harbour
    (-60.0, 50.2), // Natashquan
    (-66.4, 50.2), // Sept-Iles
    (-69.7, 48.1), // Tadoussac
    (-71.2, 46.8), // Quebec
    (-68.5, 48.4), // Rimouski
    (-64.2, 48.8), // Gaspe
    (-65.0, 47.0), // Miramichi
    (-63.9, 46.0),
    (-61.4, 45.6), // Canso
    (-60.0, 46.9), // Cape North
    (-59.9, 45.9), // Louisbourg
    (-63.5, 44.5), // Halifax
    (-65.6, 43.5), // Cape Sable, Nova Scotia
    (-66.2, 44.4), // Digby Neck
    (-64.4, 45.4), // Minas Basin
    (-66.1, 45.2), // Saint John
    (-67.0, 44.8),
    (-67.3, 45.2),
    (-67.8, 45.7),
    (-67.8, 47.1),
    (-68.3, 47.4),
    (-69.2, 47.5),
    (-70.0, 46.7),
    (-70.3, 45.9),
    (-71.0, 45.3),
    (-71.5, 45.0),
    (-74.7, 45.0),
    (-75.5, 44.7),
    (-76.5, 44.2), // Kingston
    (-77.5, 43.9), // Prince Edward County
    (-79.3, 43.6), // Toronto
    (-79.8, 43.3), // Hamilton
    (-79.1, 43.3),
    (-78.9, 42.9), // Fort Erie
    (-80.4, 42.6), // Long Point
    (-81.9, 42.3),
    (-82.5, 42.0), // Point Pelee
    (-83.1, 42.2), // Amherstburg
    (-82.5, 42.6),
    (-82.4, 43.0), // Sarnia
    (-81.7, 43.4), // Goderich
    (-81.6, 45.2), // Tobermory
    (-80.0, 44.5), // Wasaga
    (-80.5, 45.9), // Killarney
    (-82.5, 46.2), // Blind River
    (-84.3, 46.5),
    (-84.8, 47.9), // Wawa
    (-86.4, 48.7), // Marathon
    (-88.3, 48.8), // Nipigon
    (-89.2, 48.4), // Thunder Bay
    (-89.6, 48.0),
    (-90.8, 48.2),
    (-92.0, 48.3),
    (-93.4, 48.6),
    (-94.6, 48.7),
    (-95.2, 49.4),
    (-95.2, 49.0),
    (-97.2, 49.0),
    (-104.0, 49.0),
    (-110.0, 49.0),
    (-116.0, 49.0),
];

/// Mexico and the isthmus, clockwise from San Ysidro along the border and the Gulf, back up the Pacific.
const MEXICO_AND_ISTHMUS: &[Place] = &[
    (-117.1, 32.5),
    (-114.7, 32.7),
    (-114.8, 32.5),
    (-111.1, 31.3),
    (-108.2, 31.3),
    (-108.2, 31.8),
    (-106.5, 31.8),
    (-104.9, 30.6),
    (-104.4, 29.5),
    (-103.2, 29.0),
    (-102.9, 29.2),
    (-102.3, 29.9),
    (-101.4, 29.8),
    (-100.9, 29.4),
    (-100.5, 28.7),
    (-99.5, 27.5),
    (-99.1, 26.4),
    (-98.3, 26.1),
    (-97.1, 25.9),
    (-97.8, 22.3), // Tampico
    (-96.1, 19.2), // Veracruz
    (-94.4, 18.1), // Coatzacoalcos
    (-91.8, 18.6), // Ciudad del Carmen
    (-90.5, 20.0), // Campeche
    (-90.3, 21.1), // Celestun
    (-87.0, 21.5), // Cancun
    (-87.6, 19.5),
    (-88.2, 17.5), // Belize City
    (-88.6, 15.7), // Puerto Barrios
    (-86.0, 15.9), // Trujillo
    (-83.2, 15.0), // Cabo Gracias a Dios
    (-83.6, 11.0), // San Juan del Norte
    (-82.2, 9.1),
    (-79.9, 9.4), // Colon
    (-77.4, 8.6),
    (-77.9, 7.2),
    (-79.5, 8.9), // Panama
    (-80.4, 7.3),
    (-82.9, 8.1),
    (-85.7, 9.9), // Nicoya
    (-87.5, 12.9),
    (-92.2, 14.5),  // Tapachula
    (-94.8, 16.2),  // Salina Cruz
    (-99.9, 16.8),  // Acapulco
    (-104.3, 19.1), // Manzanillo
    (-105.6, 20.4), // Cabo Corrientes
    (-106.4, 23.2), // Mazatlan
    (-109.4, 25.7), // Topolobampo
    (-112.2, 28.8), // Kino
    (-113.2, 31.1), // Puerto Penasco
    (-114.7, 31.7), // Colorado delta
    (-114.6, 30.0),
    (-112.3, 27.3), // Santa Rosalia
    (-110.4, 24.2), // La Paz
    (-109.9, 22.9), // Cabo San Lucas
    (-112.1, 24.7), // Magdalena Bay
    (-114.9, 27.8), // Punta Eugenia
    (-115.8, 30.0),
];

const SOUTH_AMERICA: &[Place] = &[
    (-77.4, 8.6),
    (-74.8, 11.0),
    (-71.5, 12.4),
    (-68.0, 10.6),
    (-61.9, 10.7),
    (-57.0, 6.0),
    (-51.0, 4.2),
    (-50.0, 0.5),
    (-44.3, -2.5),
    (-38.5, -3.7),
    (-35.2, -5.5),
    (-34.9, -8.0),
    (-38.5, -13.0),
    (-39.2, -17.7),
    (-41.0, -22.0),
    (-46.3, -24.0),
    (-48.6, -27.5),
    (-52.1, -32.0),
    (-56.2, -34.9),
    (-58.4, -34.6),
    (-57.5, -38.1),
    (-62.2, -39.0),
    (-65.0, -41.0),
    (-65.3, -45.0),
    (-67.5, -46.5),
    (-65.8, -48.0),
    (-69.1, -51.6),
    (-68.3, -53.0),
    (-65.2, -54.7),
    (-71.0, -54.0),
    (-74.5, -51.0),
    (-75.5, -46.8),
    (-73.5, -41.8),
    (-73.5, -37.2),
    (-71.5, -33.0),
    (-70.4, -23.6),
    (-70.3, -18.4),
    (-76.3, -13.9),
    (-79.0, -8.2),
    (-81.3, -5.0),
    (-80.0, -3.0),
    (-80.7, -0.9),
    (-78.8, 1.8),
    (-77.3, 4.0),
    (-77.9, 7.2),
];

const EUROPE_AND_ASIA: &[Place] = &[
    (-9.5, 38.8), // Cabo da Roca
    (-9.2, 43.1), // Finisterre
    (-1.8, 43.4), // Biarritz
    (-1.2, 46.0), // La Rochelle
    (-4.7, 48.4), // Brest
    (-1.5, 48.7),
    (-1.8, 49.7), // Cherbourg
    (1.6, 50.9),  // Calais
    (4.7, 53.0),  // Den Helder
    (8.6, 53.9),  // Cuxhaven
    (8.1, 56.5),
    (10.6, 57.7), // Skagen
    (10.9, 54.4),
    (14.2, 54.0),
    (18.6, 54.5), // Gdansk
    (21.0, 56.5),
    (24.1, 57.1), // Riga
    (23.5, 59.2),
    (30.2, 59.9), // Saint Petersburg
    (23.0, 59.9),
    (21.4, 61.5),
    (25.4, 65.0), // Oulu
    (22.2, 65.6), // Lulea
    (17.3, 61.7),
    (18.8, 60.1),
    (16.5, 56.8),
    (14.3, 55.5),
    (12.6, 56.2),
    (11.2, 59.0),
    (8.0, 58.1),  // Kristiansand
    (5.1, 60.5),  // Bergen
    (9.6, 63.6),  // Trondheim
    (14.4, 67.3), // Bodo
    (19.0, 70.0),
    (25.8, 71.1), // Nordkapp
    (31.0, 70.2),
    (41.0, 67.5),
    (33.5, 66.7),
    (38.0, 64.0),
    (44.0, 66.0),
    (54.0, 68.5),
    (60.5, 69.5),
    (68.0, 68.5),
    (70.0, 73.0), // Yamal
    (80.5, 73.5),
    (104.0, 77.6), // Cape Chelyuskin
    (113.5, 73.5),
    (130.0, 71.0),
    (140.5, 72.6),
    (160.0, 69.7),
    (178.0, 69.2),
    (180.0, 68.8),
    (180.0, 65.0),
    (177.5, 62.5),
    (163.5, 59.8),
    (162.0, 56.0),
    (156.7, 51.0), // Kamchatka
    (156.0, 57.0),
    (163.0, 61.5),
    (155.0, 59.3),
    (142.5, 59.2),
    (135.5, 54.7),
    (141.3, 52.5),
    (140.3, 48.5),
    (132.0, 43.1), // Vladivostok
    (127.5, 39.8),
    (129.4, 36.0),
    (128.5, 34.8),
    (126.4, 34.5),
    (126.6, 37.4), // Incheon
    (121.5, 38.9), // Dalian
    (121.5, 40.7),
    (117.9, 39.0), // Tianjin
    (119.0, 37.4),
    (122.6, 37.3),
    (119.3, 35.0),
    (121.9, 31.0), // Shanghai
    (119.6, 25.8),
    (114.2, 22.3), // Hong Kong
    (110.0, 20.4),
    (107.0, 20.8), // Haiphong
    (106.0, 18.0),
    (109.3, 13.0),
    (106.8, 10.4),
    (104.8, 8.6),
    (102.5, 12.2),
    (100.5, 13.4), // Bangkok
    (99.2, 10.0),
    (102.2, 6.2),
    (103.8, 1.4), // Singapore
    (100.4, 5.5),
    (98.3, 8.0),
    (97.7, 16.3),
    (94.3, 16.0),
    (91.8, 22.3), // Chittagong
    (88.2, 21.7),
    (83.3, 17.7),
    (80.3, 13.1), // Chennai
    (77.6, 8.1),  // Cape Comorin
    (74.8, 12.9),
    (72.8, 19.0), // Mumbai
    (72.6, 21.5),
    (69.0, 22.3),
    (66.9, 24.8), // Karachi
    (57.8, 25.6),
    (56.3, 27.1), // Bandar Abbas
    (50.8, 29.0),
    (48.5, 30.0), // Basra
    (50.2, 26.4), // Dammam
    (51.5, 25.3), // Doha
    (54.4, 24.5), // Abu Dhabi
    (56.3, 26.2), // Musandam
    (59.8, 22.5), // Ras al Hadd
    (55.2, 17.5),
    (45.0, 12.8), // Aden
    (42.8, 15.0),
    (39.2, 21.5), // Jeddah
    (35.0, 28.0),
    (32.6, 29.9), // Suez
    (34.3, 31.3),
    (36.0, 36.0),
    (32.0, 36.2),
    (27.4, 36.9),
    (26.2, 39.5),
    (29.0, 41.1), // Istanbul
    (35.2, 42.0),
    (41.5, 41.6),
    (37.3, 45.0),
    (33.6, 44.5), // Sevastopol
    (30.8, 46.4), // Odesa
    (28.0, 43.3),
    (27.5, 41.0),
    (23.0, 40.4), // Thessaloniki
    (24.0, 37.7),
    (22.5, 36.5),
    (19.4, 41.3),
    (13.6, 45.7), // Trieste
    (12.4, 44.3),
    (14.2, 42.4),
    (18.5, 40.1),
    (16.6, 39.5),
    (15.7, 38.0),
    (12.4, 41.7), // Rome
    (8.9, 44.4),  // Genoa
    (5.4, 43.3),  // Marseille
    (3.1, 42.4),
    (0.0, 39.5),
    (-0.7, 37.7),
    (-5.6, 36.0), // Tarifa
    (-8.9, 37.0),
];

const AFRICA: &[Place] = &[
    (-5.9, 35.8),
    (10.0, 37.3),
    (11.0, 33.8),
    (20.0, 31.0),
    (23.0, 32.6),
    (32.3, 31.2),
    (32.6, 29.9),
    (37.2, 21.0),
    (39.5, 15.6),
    (43.2, 12.0),
    (51.3, 11.9),
    (48.0, 5.0),
    (41.5, -1.8),
    (39.2, -6.2),
    (40.6, -14.8),
    (34.8, -20.0),
    (35.5, -24.0),
    (32.6, -26.5),
    (31.0, -29.9),
    (25.7, -34.0),
    (18.5, -34.3),
    (15.0, -26.5),
    (12.0, -17.5),
    (13.3, -9.0),
    (9.0, -1.0),
    (9.6, 4.0),
    (4.5, 6.3),
    (-7.5, 4.4),
    (-13.2, 8.5),
    (-17.5, 14.7),
    (-16.0, 20.0),
    (-13.0, 27.7),
    (-9.8, 31.4),
];

const AUSTRALIA: &[Place] = &[
    (113.8, -22.5),
    (122.2, -18.0),
    (126.8, -14.0),
    (130.8, -12.4),
    (136.8, -12.2),
    (135.6, -15.0),
    (140.8, -17.5),
    (142.5, -10.8),
    (146.0, -18.8),
    (153.1, -25.5),
    (153.0, -31.0),
    (150.0, -37.3),
    (146.3, -39.0),
    (140.0, -37.5),
    (137.5, -34.8),
    (131.0, -31.5),
    (123.5, -34.0),
    (115.2, -34.3),
    (115.5, -31.5),
];

const BRITAIN: &[Place] = &[
    (-5.7, 50.1),
    (1.4, 51.2),
    (1.7, 52.7),
    (0.2, 53.3),
    (-1.6, 55.2),
    (-2.0, 57.5),
    (-3.1, 58.6),
    (-5.0, 58.6),
    (-5.7, 56.6),
    (-4.8, 54.8),
    (-3.0, 54.0),
    (-4.5, 53.3),
    (-5.2, 51.9),
    (-3.0, 51.3),
];

const IRELAND: &[Place] =
    &[(-6.2, 53.3), (-5.5, 54.5), (-7.4, 55.4), (-10.0, 54.2), (-10.3, 52.2), (-9.5, 51.5), (-6.3, 52.2)];

const ICELAND: &[Place] =
    &[(-22.6, 63.9), (-24.3, 65.5), (-20.5, 65.9), (-16.0, 66.5), (-13.6, 65.0), (-18.8, 63.4)];

const GREENLAND: &[Place] = &[
    (-45.0, 60.0),
    (-52.0, 65.0),
    (-54.0, 70.0),
    (-60.0, 75.5),
    (-72.0, 78.0),
    (-60.0, 82.0),
    (-30.0, 83.5),
    (-18.0, 80.0),
    (-20.0, 74.0),
    (-24.0, 70.0),
    (-37.0, 66.0),
    (-42.0, 62.0),
];

const JAPAN: &[Place] = &[
    (130.7, 31.1),
    (131.9, 33.6),
    (135.5, 33.6),
    (138.8, 34.7),
    (140.8, 35.7),
    (142.0, 39.5),
    (141.4, 41.4),
    (145.5, 43.3),
    (141.9, 45.4),
    (140.0, 41.5),
    (139.8, 38.8),
    (136.8, 37.4),
    (132.5, 35.3),
    (129.8, 33.0),
];

const SUMATRA_AND_JAVA: &[Place] =
    &[(95.3, 5.6), (104.0, -1.2), (106.0, -5.9), (114.5, -7.8), (108.0, -7.8), (104.5, -5.9), (100.4, -1.0)];

const BORNEO: &[Place] =
    &[(109.0, 1.5), (113.0, 3.2), (117.0, 7.0), (119.0, 5.0), (116.5, -4.0), (110.2, -2.8)];

const NEW_GUINEA: &[Place] =
    &[(131.0, -0.8), (141.0, -2.6), (150.8, -10.3), (143.5, -8.8), (138.0, -8.3), (133.0, -4.0)];

const PHILIPPINES: &[Place] = &[(120.6, 18.5), (124.2, 12.6), (126.5, 7.3), (122.0, 7.0), (120.0, 14.8)];

const NEW_ZEALAND: &[Place] =
    &[(172.7, -34.5), (178.5, -37.7), (174.8, -41.4), (170.7, -45.9), (166.5, -46.0), (172.5, -40.6)];

const MADAGASCAR: &[Place] = &[(49.3, -12.0), (50.4, -15.5), (47.0, -25.0), (43.5, -23.0), (44.3, -17.0)];

const CUBA: &[Place] =
    &[(-84.9, 21.9), (-82.4, 23.1), (-77.0, 21.5), (-74.2, 20.2), (-77.7, 19.9), (-82.5, 22.4)];

const HISPANIOLA: &[Place] = &[(-74.4, 18.4), (-72.8, 19.9), (-68.4, 18.6), (-71.4, 17.7)];

const NEWFOUNDLAND: &[Place] =
    &[(-59.3, 47.6), (-55.6, 51.6), (-55.9, 49.8), (-52.7, 47.6), (-53.6, 46.7), (-55.8, 46.9)];

const VANCOUVER_ISLAND: &[Place] = &[(-123.4, 48.4), (-125.3, 50.3), (-128.3, 50.8), (-125.5, 48.8)];

const BAFFIN: &[Place] = &[
    (-80.0, 73.7),
    (-68.0, 70.0),
    (-62.0, 66.7),
    (-66.0, 62.0),
    (-73.0, 64.5),
    (-73.5, 68.5),
    (-88.0, 71.0),
];

const VICTORIA: &[Place] = &[(-117.0, 73.0), (-105.5, 73.0), (-102.0, 69.5), (-116.5, 69.2)];

const ELLESMERE: &[Place] = &[(-62.0, 82.5), (-75.0, 79.0), (-80.0, 76.2), (-90.0, 76.5), (-92.0, 81.0)];

const SICILY: &[Place] = &[(12.5, 37.9), (15.6, 38.2), (15.1, 36.7)];

const CEYLON: &[Place] = &[(80.0, 9.7), (81.8, 7.5), (80.5, 5.9), (79.8, 7.5)];

const TAIWAN: &[Place] = &[(121.5, 25.2), (120.9, 22.0), (120.1, 23.2)];

const SAKHALIN: &[Place] = &[(142.5, 54.3), (144.5, 49.0), (142.0, 46.0), (142.2, 50.5)];

/// All other land, each outline closed by itself.
pub const OTHER_LAND: &[&[Place]] = &[
    CANADA_AND_ALASKA,
    MEXICO_AND_ISTHMUS,
    SOUTH_AMERICA,
    EUROPE_AND_ASIA,
    AFRICA,
    AUSTRALIA,
    BRITAIN,
    IRELAND,
    ICELAND,
    GREENLAND,
    JAPAN,
    SUMATRA_AND_JAVA,
    BORNEO,
    NEW_GUINEA,
    PHILIPPINES,
    NEW_ZEALAND,
    MADAGASCAR,
    CUBA,
    HISPANIOLA,
    NEWFOUNDLAND,
    VANCOUVER_ISLAND,
    BAFFIN,
    VICTORIA,
    ELLESMERE,
    SICILY,
    CEYLON,
    TAIWAN,
    SAKHALIN,
];
